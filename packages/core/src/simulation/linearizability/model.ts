import { SynodError } from '../../errors.js';
import type { Invocation } from './history.js';

/** What follows when an operation takes effect alone. */
export interface Step<State, Result> {
  readonly state: State;
  readonly result: Result;
}

/**
 * A sequential specification: what each operation does when nothing else happens at the same time. A history is judged against
 * it, so write it from what users are promised, not from the code that is on trial.
 *
 * ```ts
 * const counter: Model<number, { op: 'add'; arg: number } | { op: 'get' }, number> = {
 *   initial: 0,
 *   step: (total, asked) => (asked.op === 'add' ? { state: total + asked.arg, result: total + asked.arg } : { state: total, result: total }),
 *   readOnly: ({ op }) => op === 'get',
 * };
 * ```
 */
export interface Model<State, I extends Invocation = Invocation, Result = unknown> {
  readonly initial: State;
  /**
   * A pure function: the same answer each time, and the state that it was given stays as it is (states made of plain objects and
   * arrays are frozen). Must have an answer to every invocation in every state: saying no is a result too. A throw ends the check;
   * `unknownInvocation` makes one.
   *
   * Results are compared as plain data. That of an operation with unknown outcome is compared with nothing.
   */
  step(state: State, invocation: I): Step<State, Result>;
  /**
   * Two states have the same key if and only if no sequence of operations can tell them apart. A text of the whole state unless
   * given; give one where states are large, or hold more than plain data. Never a hash: what has the same key is taken for the same.
   */
  key?(state: State): string | number;
  /** Whether it changes no state whatsoever, as a read: not one that changes nothing only here and there. Saves work; false unless given. */
  readOnly?(invocation: I): boolean;
  /**
   * What it does, as a text: two invocations may share it only if they leave the same state behind in every state. The text of the
   * invocation unless given. Saves work where outcomes are unknown, and invocations differ in what no state shows.
   */
  effect?(invocation: I): string;
  /**
   * The key that an operation touches; undefined if it touches several, or all. Where every operation of a history touches one key,
   * the keys are judged one by one, which takes much less work: a history is linearizable if and only if that of each object is
   * (Herlihy and Wing, 1990, theorem 1: locality). So what an operation of one key answers and changes must depend on the
   * operations of that key alone. Where every operation has a key, the state may be that of one key.
   */
  partition?(invocation: I): string | undefined;
}

/** For a model that is handed an operation that it does not know. `UNKNOWN_INVOCATION`. */
export const unknownInvocation = (model: string, { op }: Invocation, known: readonly string[]): SynodError =>
  new SynodError('UNKNOWN_INVOCATION', `the model of ${model} knows ${known.join(', ')}; found ${JSON.stringify(op)} in the history`);
