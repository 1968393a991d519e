import type { TracedEvent } from '../actor/tracer.js';
import { digestBytes } from '../transport/digest.js';

/** What every line begins with, as far as the event has it; the other keys follow in the order of the alphabet. */
const FIRST = ['at', 'node', 'event', 'group', 'role', 'kind', 'from', 'to', 'message'];

/**
 * An event as one line of JSON, without the line break. Equal events give equal lines: keys have one order. Bytes are told as
 * `{"bytes": how many, "digest": of them}`; what is no plain data, such as the callback of a local call, by the name of its class.
 */
export const traceLine = (event: TracedEvent): string => JSON.stringify(plain(event));

const plain = (value: unknown): unknown => {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return { bytes: value.length, digest: digestBytes(value).toString(16).padStart(8, '0') };
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Map) return [...value].map(plain);
  if (Array.isArray(value) || value instanceof Set) return Array.from(value, plain);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `[${value.constructor.name}]`;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
      .map(([key, one]) => [key, plain(one)]),
  );
};

const rank = (key: string): number => {
  const at = FIRST.indexOf(key);
  return at === -1 ? FIRST.length : at;
};
