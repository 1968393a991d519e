import { deadlineFrom, type TimeUnit } from './expiry-time.js';
import type { Keyspace } from './keyspace.js';
import { Failure, type Reply } from './reply.js';

const SECONDS: TimeUnit = { scale: 1000, from: 'now' };
const MILLISECONDS: TimeUnit = { scale: 1, from: 'now' };

export const expire = (keys: Keyspace, args: readonly string[]): Reply => setDeadline(keys, args, 'expire', SECONDS);
export const pexpire = (keys: Keyspace, args: readonly string[]): Reply => setDeadline(keys, args, 'pexpire', MILLISECONDS);

export const persist = (keys: Keyspace, [key]: readonly string[]): Reply => {
  const entry = keys.get(key!);
  if (entry?.deadline === undefined) return 0;
  keys.expireAt(entry, undefined);
  return 1;
};

/** Whole seconds, rounded as Redis does. */
export const ttl = (keys: Keyspace, [key]: readonly string[]): Reply => {
  const left = remaining(keys, key!);
  return left < 0 ? left : Math.floor((left + 500) / 1000);
};

export const pttl = (keys: Keyspace, [key]: readonly string[]): Reply => remaining(keys, key!);

/** ms; -2 without the key, -1 without a deadline. */
const remaining = (keys: Keyspace, key: string): number => {
  const entry = keys.get(key);
  if (entry === undefined) return -2;
  return entry.deadline === undefined ? -1 : entry.deadline.at - keys.time;
};

const setDeadline = (keys: Keyspace, [key, amount, ...words]: readonly string[], command: string, unit: TimeUnit): Reply => {
  const condition = parseCondition(words);
  if (condition instanceof Failure) return condition;
  const at = deadlineFrom(amount!, unit, keys.time);
  if (at instanceof Failure) return at;
  if (at === undefined) return new Failure(`ERR invalid expire time in '${command}' command`);
  const entry = keys.get(key!);
  if (entry === undefined || !condition(entry.deadline?.at, at)) return 0;
  keys.expireAt(entry, at);
  return 1;
};

type Condition = (current: number | undefined, next: number) => boolean;

/** A key without a deadline lives for ever: no deadline is greater. */
const parseCondition = (words: readonly string[]): Condition | Failure => {
  const options = new Set<string>();
  for (const word of words) {
    if (!/^(NX|XX|GT|LT)$/i.test(word)) return new Failure(`ERR Unsupported option ${word}`);
    options.add(word.toUpperCase());
  }
  const [nx, xx, gt, lt] = ['NX', 'XX', 'GT', 'LT'].map((option) => options.has(option));
  if (nx && (xx || gt || lt)) return new Failure('ERR NX and XX, GT or LT options at the same time are not compatible');
  if (gt && lt) return new Failure('ERR GT and LT options at the same time are not compatible');
  return (current, next) =>
    !(nx && current !== undefined) &&
    !(xx && current === undefined) &&
    !(gt && (current === undefined || next <= current)) &&
    !(lt && current !== undefined && next >= current);
};
