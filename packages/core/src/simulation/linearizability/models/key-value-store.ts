import type { Invocation } from '../history.js';
import { type Model, type Step, unknownInvocation } from '../model.js';

/** A command of Redis on strings. Keys and values are texts of one character a byte, so that APPEND's length is Redis'. */
export type KeyValueCommand =
  | { readonly op: 'GET'; readonly key: string }
  | { readonly op: 'SET'; readonly key: string; readonly arg: string }
  | { readonly op: 'INCR'; readonly key: string }
  | { readonly op: 'APPEND'; readonly key: string; readonly arg: string }
  /** `arg`: the keys. */
  | { readonly op: 'DEL'; readonly arg: readonly string[] }
  | { readonly op: 'MGET'; readonly arg: readonly string[] }
  /** `arg`: keys with their values; of a key named twice, the last counts. */
  | { readonly op: 'MSET'; readonly arg: readonly (readonly [key: string, value: string])[] }
  | { readonly op: 'FLUSHALL' };

/** `MULTI` is a whole transaction: its commands are executed with nothing between them. */
export type KeyValueInvocation = KeyValueCommand | { readonly op: 'MULTI'; readonly arg: readonly KeyValueCommand[] };

/**
 * nil is null, a status its text. An integer is a number, or its digits where a number would not be exact. An error is an object:
 * within a transaction too, where the other commands are executed all the same.
 */
export type KeyValueResult = null | string | number | { readonly error: string } | readonly KeyValueResult[];

type Store = ReadonlyMap<string, string>;

/** Redis' strings, from its documentation: https://redis.io/docs/latest/commands/. Without expiry, and without limits on sizes. */
export const keyValueStore = (): Model<Store, KeyValueInvocation, KeyValueResult> => ({ initial: new Map(), step, readOnly, partition });

const COMMANDS = ['GET', 'SET', 'INCR', 'APPEND', 'DEL', 'MGET', 'MSET', 'FLUSHALL', 'MULTI'];
const NOT_AN_INTEGER = { error: 'ERR value is not an integer or out of range' };
const OVERFLOW = { error: 'ERR increment or decrement would overflow' };

const step = (store: Store, asked: KeyValueInvocation): Step<Store, KeyValueResult> => {
  switch (asked.op) {
    case 'GET':
      return { state: store, result: store.get(asked.key) ?? null };
    case 'SET':
      return { state: new Map([...store, [asked.key, asked.arg]]), result: 'OK' };
    case 'INCR':
      return increment(store, asked.key);
    case 'APPEND': {
      const value = (store.get(asked.key) ?? '') + asked.arg;
      return { state: new Map([...store, [asked.key, value]]), result: value.length };
    }
    case 'DEL': {
      const state = new Map([...store].filter(([key]) => !asked.arg.includes(key)));
      return { state, result: store.size - state.size };
    }
    case 'MGET':
      return { state: store, result: asked.arg.map((key) => store.get(key) ?? null) };
    case 'MSET':
      return { state: new Map([...store, ...asked.arg]), result: 'OK' };
    case 'FLUSHALL':
      return { state: new Map(), result: 'OK' };
    case 'MULTI': {
      let state = store;
      const results = asked.arg.map((command) => {
        const next = step(state, command);
        state = next.state;
        return next.result;
      });
      return { state, result: results };
    }
    default:
      throw unknownInvocation('a key-value store', asked as Invocation, COMMANDS);
  }
};

/** An integer is 64 bits, signed, written as Redis writes it: no plus, no spaces, no zeros in front. */
const increment = (store: Store, key: string): Step<Store, KeyValueResult> => {
  const text = store.get(key) ?? '0';
  if (!/^(0|-?[1-9][0-9]*)$/.test(text) || BigInt(text) !== BigInt.asIntN(64, BigInt(text)))
    return { state: store, result: NOT_AN_INTEGER };
  const sum = BigInt(text) + 1n;
  if (sum !== BigInt.asIntN(64, sum)) return { state: store, result: OVERFLOW };
  const exact = Number.isSafeInteger(Number(sum));
  return { state: new Map([...store, [key, String(sum)]]), result: exact ? Number(sum) : String(sum) };
};

const readOnly = (asked: KeyValueInvocation): boolean =>
  asked.op === 'MULTI' ? asked.arg.every(readOnly) : asked.op === 'GET' || asked.op === 'MGET';

const partition = (asked: KeyValueInvocation): string | undefined => {
  const [key, ...others] = new Set(keysOf(asked));
  return others.length === 0 ? key : undefined;
};

/** What it touches; nothing, if that is not a few keys. */
const keysOf = (asked: KeyValueInvocation): readonly string[] => {
  switch (asked.op) {
    case 'DEL':
    case 'MGET':
      return asked.arg;
    case 'MSET':
      return asked.arg.map(([key]) => key);
    case 'MULTI':
      return asked.arg.some(({ op }) => op === 'FLUSHALL') ? [] : asked.arg.flatMap(keysOf);
    case 'FLUSHALL':
      return [];
    default:
      return [asked.key];
  }
};
