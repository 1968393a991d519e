import type { HistoryOperation, Invocation, Model, RegisterInvocation, RegisterResult } from '@synod/core/simulation';
import fc from 'fast-check';

export type RegisterOperation = HistoryOperation<RegisterInvocation<number>, RegisterResult<number>>;

let clients = 0;
const nobody = (): string => `client-${clients++ % 1000}`;

export const write = (arg: number, call: number, ret: number | null): RegisterOperation => ({
  client: nobody(),
  op: 'write',
  arg,
  result: null,
  call,
  ret,
});

export const read = (result: number, call: number, ret: number | null): RegisterOperation => ({
  client: nobody(),
  op: 'read',
  result,
  call,
  ret,
});

export const cas = (from: number, to: number, result: boolean, call: number, ret: number | null): RegisterOperation => ({
  client: nobody(),
  op: 'cas',
  arg: [from, to],
  result,
  call,
  ret,
});

/** An invocation of a real execution, and how its interval lies around the instant of its effect. */
interface Scripted<I> {
  readonly invocation: I;
  readonly before: number;
  readonly after: number;
  readonly fate: 'known' | 'unknown, happened' | 'unknown, did not happen';
}

/** `overlap`: how long before and after its effect an operation may last, ms. Of so many known operations, two are unknown. */
export const scripted = <I extends Invocation>(invocation: fc.Arbitrary<I>, overlap: number, known = 8): fc.Arbitrary<Scripted<I>> =>
  fc.record({
    invocation,
    before: fc.nat(overlap),
    after: fc.nat(overlap),
    fate: fc.oneof(
      { weight: known, arbitrary: fc.constant('known' as const) },
      { weight: 1, arbitrary: fc.constant('unknown, happened' as const) },
      { weight: 1, arbitrary: fc.constant('unknown, did not happen' as const) },
    ),
  });

/** What clients see of an execution, one operation every 10 ms: linearizable by construction. */
export const seen = <State, I extends Invocation, Result>(
  model: Model<State, I, Result>,
  script: readonly Scripted<I>[],
): HistoryOperation<I, Result>[] => {
  let state = model.initial;
  return script.map(({ invocation, before, after, fate }, index) => {
    const at = 10 * index;
    const next = model.step(state, invocation);
    if (fate !== 'unknown, did not happen') state = next.state;
    const known = fate === 'known';
    return {
      ...invocation,
      client: `client-${index}`,
      result: known ? next.result : null,
      call: at - before,
      ret: known ? at + after : null,
    } as HistoryOperation<I, Result>;
  });
};

/** Linearizable, by the definition: some order of all known and some unknown operations. Tries them all, and remembers nothing. */
export const bruteForce = <State, I extends Invocation, Result>(
  model: Model<State, I, Result>,
  operations: readonly HistoryOperation<I, Result>[],
  state: State = model.initial,
): boolean =>
  operations.every(({ ret }) => ret === null) ||
  operations.some((next, index) => {
    if (operations.some(({ ret }) => ret !== null && ret < next.call)) return false;
    const { client, result, call, ret, ...invocation } = next;
    const step = model.step(state, invocation as unknown as I);
    if (ret !== null && JSON.stringify(step.result) !== JSON.stringify(result)) return false;
    return bruteForce(
      model,
      operations.filter((_, other) => other !== index),
      step.state,
    );
  });
