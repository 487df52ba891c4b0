/** A millionth of a US dollar, always an integer: sums stay exact. */
export type MicroDollars = number;

/**
 * @param amount micro-dollars, an integer
 * @returns the amount in dollars with all six decimals, such as `0.000150`
 */
export function formatDollars(amount: MicroDollars): string {
  const digits = Math.abs(amount).toString().padStart(7, '0');
  return `${amount < 0 ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
