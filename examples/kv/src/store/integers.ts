/** Redis's integers: 64 bits, signed, written without sign, spaces or zeros that need not be there. */

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const CANONICAL = /^(0|-?[1-9][0-9]{0,18})$/;

/** The integer that `text` is: a number where a number is exact, else a bigint; undefined if it is none or does not fit 64 bits. */
export const parseInteger = (text: string): number | bigint | undefined => {
  if (!CANONICAL.test(text)) return undefined;
  if (text.length <= 15) return Number(text);
  const exact = BigInt(text);
  return exact < MIN || exact > MAX ? undefined : normalized(exact);
};

/** `a + b`, or undefined beyond 64 bits. */
export const add = (a: number | bigint, b: number | bigint): number | bigint | undefined => {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const exact = BigInt(a) + BigInt(b);
  return exact < MIN || exact > MAX ? undefined : normalized(exact);
};

/** `-a`, or undefined for the one integer whose negation does not fit. */
export const negate = (a: number | bigint): number | bigint | undefined => {
  if (typeof a === 'number') return a === 0 ? 0 : -a;
  return a === MIN ? undefined : normalized(-a);
};

const normalized = (exact: bigint): number | bigint =>
  exact >= BigInt(Number.MIN_SAFE_INTEGER) && exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : exact;
