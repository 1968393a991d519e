import { SynodError } from '../../errors.js';

/** What a client asked for. A model says which there are, and what they mean. */
export interface Invocation {
  readonly op: string;
  /** The key that it touches, where it touches one. */
  readonly key?: string;
  /** Whatever else it says. A JSON value, if the history is to be exported. */
  readonly arg?: unknown;
}

/**
 * One operation of a history: what was asked for, by whom, when, and what came of it. An operation that is known never to have
 * happened (a refusal) is no part of a history.
 *
 * `ret` is null where nobody knows what became of it: it may take effect at any time after its call, even after the last thing
 * that was observed, or never. That includes operations which still wait for their answer when the history ends.
 *
 * Of two operations the first comes before the second if it returned before the other was called. At the same ms they are
 * concurrent, since a clock that says the same twice tells no order.
 */
export type HistoryOperation<I extends Invocation = Invocation, Result = unknown> = I & {
  readonly client: string;
  /** What it answered. Not looked at where `ret` is null. */
  readonly result?: Result | null;
  /** When it was called, ms. */
  readonly call: number;
  /** When it returned, ms; not before `call`. Null: its outcome is unknown. */
  readonly ret: number | null;
};

/** Something is no history. Codes: `BAD_LINE` in a text, `BAD_OPERATION` in memory. */
export class HistoryError extends SynodError {
  override readonly name = 'HistoryError';
}

const FIELDS = ['client', 'key', 'op', 'arg', 'result', 'call', 'ret'] as const;
const ALLOWED =
  'an operation is {"client": text, "key"?: text, "op": text, "arg"?: any, "result"?: any, "call": ms, "ret": ms not before call, or null if unknown}';

/**
 * JSON lines, one operation each, for keeping a history or having another checker (Porcupine, Knossos) judge it. Throws
 * `HistoryError` (`BAD_OPERATION`) where JSON would not bring back what is there: a bigint, NaN, a Map.
 */
export const historyLines = (history: readonly HistoryOperation[]): string =>
  history
    .map((operation, index) => {
      const bad = faultOf(operation);
      if (bad !== undefined) throw badOperation(index, bad);
      const ordered = Object.fromEntries(FIELDS.map((field) => [field, operation[field]]));
      const exact = (name: string, value: unknown): unknown => {
        if (isJson(value) || (value === undefined && name !== '')) return value;
        throw badOperation(index, `${name} holds ${typeof value === 'object' ? 'an object that is no plain one' : String(value)}`);
      };
      return `${JSON.stringify(ordered, exact)}\n`;
    })
    .join('');

/**
 * Reads what `historyLines` wrote; empty lines mean nothing. What `op`, `arg` and `result` may be is the model's to say, so the
 * type of the operations is the caller's word. Throws `HistoryError` (`BAD_LINE`).
 */
export const parseHistory = <O extends HistoryOperation = HistoryOperation>(text: string): O[] =>
  text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [parseLine(line, index + 1) as O]));

/** Throws `HistoryError` (`BAD_OPERATION`) at the first operation that cannot be. */
export const requireHistory = (history: readonly HistoryOperation[]): void => {
  for (const [index, operation] of history.entries()) {
    const bad = faultOf(operation);
    if (bad !== undefined) throw badOperation(index, bad);
  }
};

const parseLine = (line: string, number: number): HistoryOperation => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new HistoryError('BAD_LINE', `line ${number} is no JSON: found ${shortened(line)}; ${ALLOWED}`, { cause: error });
  }
  const bad = faultOf(value);
  if (bad !== undefined) throw new HistoryError('BAD_LINE', `line ${number}: ${bad}; ${ALLOWED}`);
  return value as HistoryOperation;
};

/** What is wrong with it, if anything is. */
const faultOf = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `found ${shown(value)}`;
  const { client, key, op, call, ret } = value as Readonly<Record<string, unknown>>;
  const stranger = Object.keys(value).find((name) => !(FIELDS as readonly string[]).includes(name));
  if (stranger !== undefined) return `found a field ${JSON.stringify(stranger)}`;
  if (typeof client !== 'string') return `found client ${shown(client)}`;
  if (key !== undefined && typeof key !== 'string') return `found key ${shown(key)}`;
  if (typeof op !== 'string') return `found op ${shown(op)}`;
  if (!Number.isFinite(call)) return `found call ${shown(call)}`;
  if (ret !== null && !Number.isFinite(ret)) return `found ret ${shown(ret)}`;
  if (ret !== null && (ret as number) < (call as number)) return `found ret ${ret}, before call ${call}`;
  return undefined;
};

const badOperation = (index: number, found: string): HistoryError =>
  new HistoryError('BAD_OPERATION', `operation ${index} of the history (counted from 0): ${found}; ${ALLOWED}`);

const isJson = (value: unknown): boolean => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return false;
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
};

const shown = (value: unknown): string => (value === undefined ? 'nothing' : shortened(JSON.stringify(value) ?? String(value)));

const shortened = (text: string): string => (text.length <= 80 ? text : `${text.slice(0, 77)}...`);
