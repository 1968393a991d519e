import type { Codec } from '../../replication/codec.js';
import { type RegisterState, sameBytes, type Versions } from './state.js';

/** What a change returns that does not want to be made. The state is written back as it is before anybody is told. */
export class Rejected {
  constructor(readonly reason: string) {}
}

/** Says that a change is not to be made, and why. */
export const reject = (reason: string): Rejected => new Rejected(reason);

/** What is done to a register: pure, and run as often as it takes. */
export interface Work {
  /** The new value; undefined if nothing shall be there. Whatever it returns that encodes to the same bytes changes nothing. */
  change(value: unknown, version: number): unknown;
  /** What the caller is told, of the value after the change. */
  query(value: unknown, version: number): unknown;
}

export type Outcome =
  | { readonly status: 'done'; readonly value: unknown }
  /** It changed nothing, and never will. */
  | { readonly status: 'rejected'; readonly reason: string };

/** What to propose, and what the caller may be told once it is chosen. */
export interface Decision {
  readonly state: RegisterState;
  readonly outcome: Outcome;
}

/**
 * One change of one register through all its attempts. Each attempt begins with a state that was found; whatever became of the
 * earlier ones, the change is made at most once: it is part of what was found, which then is proposed as it is, or it is not, and is
 * made. (`docs/protocols.md` §3, S3.2)
 */
export class Operation {
  /** By the version that an attempt made, ascending. */
  readonly #attempts = new Map<number, Outcome>();
  /** Of its proposer, when it was proposed first: one that has grown older since may have forgotten a key, and this change with it. */
  age: number | undefined;

  constructor(
    private readonly work: Work,
    private readonly codec: Codec<unknown>,
  ) {}

  /** An attempt to change something was proposed: nobody can say any more that nothing happened. */
  get proposed(): boolean {
    return this.#attempts.size > 0;
  }

  /**
   * What follows from the state that was found; `version` is what a change makes now, above that of earlier attempts. Undefined if it
   * cannot be told whether it was made already.
   */
  decide(found: RegisterState, version: number, versions: Versions): Decision | undefined {
    const made = versions.find(found, [...this.#attempts.keys()]);
    if (made === 'unknown') return undefined;
    if (made !== undefined) return { state: found, outcome: this.#attempts.get(made) as Outcome };
    try {
      return this.#attempt(found, version, versions);
    } catch (error) {
      return { state: found, outcome: { status: 'rejected', reason: error instanceof Error ? error.message : String(error) } };
    }
  }

  #attempt(found: RegisterState, version: number, versions: Versions): Decision {
    const result = this.work.change(this.#valueOf(found), found.version);
    if (result instanceof Rejected) return { state: found, outcome: { status: 'rejected', reason: result.reason } };
    const value = result === undefined ? undefined : this.codec.encode(result).slice();
    const unchanged = value === undefined || found.value === undefined ? value === found.value : sameBytes(value, found.value);
    const state = unchanged ? found : versions.changed(found, value, version);
    const outcome = { status: 'done', value: this.work.query(this.#valueOf(state), state.version) } as const;
    if (!unchanged) this.#attempts.set(version, outcome);
    return { state, outcome };
  }

  /** A copy each time: what a change does to it reaches nobody. */
  #valueOf({ value }: RegisterState): unknown {
    return value === undefined ? undefined : this.codec.decode(value.slice());
  }
}
