/** @returns what an async iterable gives, all of it: `Array.fromAsync`, which Node.js 20 does not have. */
export async function listOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
