import { type Codec, msgpack } from './codec.js';
import type { At, StateMachine, StateMachineCodecs } from './state-machine.js';

/** A state machine whose whole state is one small value of plain data. */
export interface ValueMachine<State, Command, Result, Query, Answer> {
  readonly initial: State;
  /** Changes `state` in place, and says what the caller is told. Deterministic. */
  apply(state: State, command: Command, at: At): Result;
  query(state: State, query: Query): Answer;
  /** A throw refuses the command before anything is sent. */
  validate?(command: Command): void;
  readonly codecs?: Partial<StateMachineCodecs<Command, Result, Query, Answer>>;
  /** How the state becomes bytes in a snapshot; msgpack unless said. */
  readonly stateCodec?: Codec<State>;
}

/** A fresh state machine on its own copy of `initial`. A snapshot encodes the state at once: for kilobytes, not for gigabytes. */
export const valueMachine = <State, Command, Result, Query, Answer>({
  initial,
  apply,
  query,
  validate,
  codecs,
  stateCodec = msgpack<State>(),
}: ValueMachine<State, Command, Result, Query, Answer>): StateMachine<Command, Result, Query, Answer> => {
  const pristine = stateCodec.encode(initial);
  let state = stateCodec.decode(pristine);
  return {
    apply: (command, at) => apply(state, command, at),
    query: (asked) => query(state, asked),
    snapshot: () => [stateCodec.encode(state)],
    restore(pieces) {
      for (const piece of pieces) state = stateCodec.decode(piece);
    },
    ...(validate && { validate }),
    ...(codecs && { codecs }),
  };
};
