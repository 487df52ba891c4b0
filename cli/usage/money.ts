/** @returns an amount in micro-dollars as dollars with all six decimals, such as `$0.000150`. */
export function dollars(amount: number): string {
  const digits = Math.abs(amount).toString().padStart(7, '0');
  return `${amount < 0 ? '-' : ''}$${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
