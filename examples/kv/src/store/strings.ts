import { add, negate, parseInteger } from './integers.js';
import type { Keyspace } from './keyspace.js';
import { MAX_REPLY_BYTES, MAX_VALUE_BYTES } from './limits.js';
import { Failure, NOT_AN_INTEGER, OK, REPLY_TOO_LARGE, type Reply, replyWeight, VALUE_TOO_LARGE } from './reply.js';
import { parseSetOptions } from './set-options.js';

export const get = (keys: Keyspace, [key]: readonly string[]): Reply => keys.get(key!)?.value ?? null;

export const set = (keys: Keyspace, args: readonly string[]): Reply => {
  const [key, value] = args;
  const options = parseSetOptions(args, 2, keys.time);
  if (options instanceof Failure) return options;
  if (value!.length > MAX_VALUE_BYTES) return VALUE_TOO_LARGE;
  const { condition, expiry, answer } = options;
  const previous = condition === 'always' && expiry !== 'keep' && answer === 'status' ? undefined : keys.get(key!);
  const done = condition === 'always' || (condition === 'if there') === (previous !== undefined);
  if (done) keys.set(key!, value!, expiry === 'keep' ? previous?.deadline?.at : expiry);
  if (answer === 'previous value') return previous?.value ?? null;
  return done ? OK : null;
};

export const getdel = (keys: Keyspace, [key]: readonly string[]): Reply => {
  const entry = keys.get(key!);
  if (entry === undefined) return null;
  keys.delete(key!);
  return entry.value;
};

export const mget = (keys: Keyspace, args: readonly string[]): Reply => {
  const values = args.map((key) => keys.get(key)?.value ?? null);
  return replyWeight(values) > MAX_REPLY_BYTES ? REPLY_TOO_LARGE : values;
};

export const mset = (keys: Keyspace, args: readonly string[]): Reply => {
  if (args.some((value, i) => i % 2 === 1 && value.length > MAX_VALUE_BYTES)) return VALUE_TOO_LARGE;
  for (let i = 0; i < args.length; i += 2) keys.set(args[i]!, args[i + 1]!);
  return OK;
};

export const append = (keys: Keyspace, [key, tail]: readonly string[]): Reply => {
  const entry = keys.get(key!);
  if ((entry?.value.length ?? 0) + tail!.length > MAX_VALUE_BYTES) return VALUE_TOO_LARGE;
  if (entry !== undefined) return keys.append(entry, tail!).length;
  keys.set(key!, tail!);
  return tail!.length;
};

export const strlen = (keys: Keyspace, [key]: readonly string[]): Reply => keys.get(key!)?.value.length ?? 0;

export const incr = (keys: Keyspace, [key]: readonly string[]): Reply => increase(keys, key!, 1);
export const decr = (keys: Keyspace, [key]: readonly string[]): Reply => increase(keys, key!, -1);

export const incrby = (keys: Keyspace, [key, by]: readonly string[]): Reply => {
  const increment = parseInteger(by!);
  return increment === undefined ? NOT_AN_INTEGER : increase(keys, key!, increment);
};

export const decrby = (keys: Keyspace, [key, by]: readonly string[]): Reply => {
  const decrement = parseInteger(by!);
  if (decrement === undefined) return NOT_AN_INTEGER;
  const increment = negate(decrement);
  return increment === undefined ? new Failure('ERR decrement would overflow') : increase(keys, key!, increment);
};

const increase = (keys: Keyspace, key: string, increment: number | bigint): Reply => {
  const entry = keys.get(key);
  const value = entry === undefined ? 0 : parseInteger(entry.value);
  if (value === undefined) return NOT_AN_INTEGER;
  const sum = add(value, increment);
  if (sum === undefined) return new Failure('ERR increment or decrement would overflow');
  if (entry === undefined) keys.set(key, String(sum));
  else keys.update(entry, String(sum));
  return sum;
};
