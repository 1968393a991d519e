import { deadlineFrom, type TimeUnit } from './expiry-time.js';
import { Failure, SYNTAX_ERROR } from './reply.js';

export interface SetOptions {
  readonly condition: 'always' | 'if there' | 'if not there';
  /** The new deadline (log time, ms); none; or the one that the key has. */
  readonly expiry: number | undefined | 'keep';
  readonly answer: 'status' | 'previous value';
}

const PLAIN: SetOptions = { condition: 'always', expiry: undefined, answer: 'status' };

const UNITS: Readonly<Record<string, TimeUnit>> = {
  EX: { scale: 1000, from: 'now' },
  PX: { scale: 1, from: 'now' },
  EXAT: { scale: 1000, from: 'epoch' },
  PXAT: { scale: 1, from: 'epoch' },
};

/** The words from `first` on, behind SET's value: `NX|XX`, `GET`, and one of `EX s`, `PX ms`, `EXAT s`, `PXAT ms`, `KEEPTTL`, in any order. */
export const parseSetOptions = (words: readonly string[], first: number, now: number): SetOptions | Failure => {
  if (words.length === first) return PLAIN;
  let { condition, expiry, answer } = PLAIN;
  let time: { unit: TimeUnit; amount: string } | undefined;
  for (let i = first; i < words.length; i++) {
    const word = words[i]!.toUpperCase();
    const unit = UNITS[word];
    if (unit !== undefined && time === undefined && expiry !== 'keep' && i + 1 < words.length) time = { unit, amount: words[++i]! };
    else if (word === 'KEEPTTL' && time === undefined) expiry = 'keep';
    else if (word === 'GET') answer = 'previous value';
    else if (word === 'NX' && condition !== 'if there') condition = 'if not there';
    else if (word === 'XX' && condition !== 'if not there') condition = 'if there';
    else return SYNTAX_ERROR;
  }
  if (time === undefined) return { condition, expiry, answer };
  const at = deadlineFrom(time.amount, time.unit, now);
  if (at instanceof Failure) return at;
  return at === undefined || Number(time.amount) <= 0
    ? new Failure("ERR invalid expire time in 'set' command")
    : { condition, expiry: at, answer };
};
