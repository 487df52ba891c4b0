/** How the engine keeps its tables: for putting more items into one than anybody wants to wait for. */
declare module 'dynalite/db/index.js' {
  interface Items {
    batch(
      operations: { type: 'put'; key: string; value: unknown }[],
      done: (error: Error | null) => void,
    ): void;
  }
  interface Store {
    db: { close(done: (error: Error | null) => void): void };
    getItemDb(table: string): Items;
    getTable(table: string, done: (error: Error | null, table: unknown) => void): void;
  }
  const db: {
    create(options: { path: string }): Store;
    createKey(item: unknown, table: unknown): string;
  };
  export default db;
}
