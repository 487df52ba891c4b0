/** By which a handler says what a call costs, where only the handler knows; and how large an answer is. */
import { amount, type PriceBook } from '../domain/ledger/price.ts';
import type { MicroDollars } from '../domain/money.ts';
import type { Response } from './event.ts';

/** A handler's third argument. */
export interface Meter {
  /**
   * Adds to what this call costs. A call that ends in a failure of ours (5xx) costs nothing, whatever was charged.
   *
   * @throws TypeError where it is no amount, or too much; where no price of the route is `byHandler` by the table of
   *   routes; and after the handler has answered, because the call is booked then
   */
  charge(microDollars: MicroDollars): void;
}

/**
 * @param declared the prices of the route by the table of routes: an operator may set one that the handler has no part
 *   in, and then it charges in vain and has not to know
 */
export function createMeter(declared: PriceBook): { meter: Meter; close: () => MicroDollars } {
  const isByHandler = declared.some(({ price }) => price.byHandler === true);
  let charged = 0;
  let isOpen = true;
  const charge = (microDollars: MicroDollars): void => {
    if (!isByHandler) throw new TypeError('the price of this route is not set by its handler');
    if (!isOpen) throw new TypeError('charged after the answer');
    charged = amount(charged + amount(microDollars, 'charged'), 'charged in all');
  };
  const close = (): MicroDollars => {
    isOpen = false;
    return charged;
  };
  return { meter: { charge }, close };
}

/** @returns the bytes of an answer's body, as they leave the gateway. */
export const bytesOf = ({ body = '', isBase64Encoded }: Response): number =>
  isBase64Encoded === true ? Buffer.from(body, 'base64').length : Buffer.byteLength(body);
