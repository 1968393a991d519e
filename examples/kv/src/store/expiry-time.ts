import { parseInteger } from './integers.js';
import { type Failure, NOT_AN_INTEGER } from './reply.js';

/** How a command states a time. */
export interface TimeUnit {
  /** ms. */
  readonly scale: 1 | 1000;
  readonly from: 'now' | 'epoch';
}

/**
 * The log time (ms) that `amount` means; undefined if it is too far away to be counted in ms exactly: 285,000 years, where Redis
 * goes to 292 million.
 */
export const deadlineFrom = (amount: string, { scale, from }: TimeUnit, now: number): number | undefined | Failure => {
  const count = parseInteger(amount);
  if (count === undefined) return NOT_AN_INTEGER;
  const at = Number(count) * scale + (from === 'now' ? now : 0);
  return Number.isSafeInteger(at) ? at : undefined;
};
