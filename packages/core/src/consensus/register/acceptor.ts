import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import { type Ballot, compareBallots, formatBallot, isPlausible, NO_BALLOT, sameBallot } from '../ballot.js';
import { Admission, type Admitting, NOT_ADMITTED } from '../enrolment/admission.js';
import {
  type AcceptorState,
  acceptorCheckpoint,
  bytesOf,
  erase,
  eraseRecord,
  keep,
  NO_REGISTER,
  type Register,
  recoverAcceptor,
  registerRecord,
} from './acceptor-log.js';
import type { RegisterEvent } from './events.js';
import type { Accept, AcceptorMessage, Erase, Prepare, RegisterMessage, Survey } from './messages.js';
import type { RegisterOptions } from './options.js';
import type { Placement } from './placement.js';
import { sameBytes } from './state.js';

/**
 * The acceptor: for every key a promise and a vote. (Rystsov, CASPaxos §2.2; `docs/protocols.md` §2 and §3) What it promised and
 * voted is persisted before the answer; the gate sees to it.
 */
export class Acceptor implements Admitting<AcceptorMessage> {
  readonly #state: AcceptorState;
  readonly admission: Admission;
  /** What the keys take, and what was added to the node's log since the last checkpoint. */
  #bytes = 0;
  #loggedBytes = 0;
  #checkpointing = false;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<RegisterMessage>,
    placement: Placement,
    private readonly options: Pick<RegisterOptions, 'retry' | 'checkpointBytes'>,
  ) {
    this.#state = recoverAcceptor(context.recovered);
    this.admission = new Admission(context, effects, placement, options.retry, this.#state.admission);
    for (const [key, register] of this.#state.registers) this.#bytes += bytesOf(key, register);
    this.#loggedBytes = this.#bytes;
  }

  start(): void {
    this.#show();
  }

  prepare({ key, ballot, nonce, age }: Prepare, proposer: Address): void {
    if (!this.admission.mayVote) return this.#ignore('prepare', NOT_ADMITTED);
    if (this.#outdated('prepare', age, proposer)) return;
    const register = this.#register(key);
    if (this.#refused('prepare', key, register, ballot, nonce, proposer)) return;
    const { accepted, state } = register;
    if (!sameBallot(ballot, register.promised)) {
      this.#keep(key, { promised: ballot, accepted, state });
      if (this.context.tracing) this.effects.trace({ event: 'promise', key, ballot } satisfies RegisterEvent);
    }
    this.effects.send(proposer, { kind: 'promise', key, ballot, nonce, accepted, state });
    this.#checkpointIfDue();
    this.#show();
  }

  accept({ key, ballot, nonce, age, next, state }: Accept, proposer: Address): void {
    if (!this.admission.mayVote) return this.#ignore('accept', NOT_ADMITTED);
    if (this.#outdated('accept', age, proposer)) return;
    const register = this.#register(key);
    if (sameBallot(register.accepted, ballot)) {
      if (!sameBytes(register.state, state))
        return this.#ignore('accept', `a second proposal for ${JSON.stringify(key)} at ballot ${formatBallot(ballot)}`);
      // Voted for before. It may have promised more since, so that `next` no longer stands.
      const stands = next.round !== 0 && sameBallot(register.promised, next);
      return this.effects.send(proposer, { kind: 'accepted', key, ballot, nonce, next: stands ? next : NO_BALLOT });
    }
    if (this.#refused('accept', key, register, ballot, nonce, proposer)) return;
    const promised = compareBallots(next, ballot) > 0 ? next : ballot;
    // A copy: what it was sent lies in a frame, which is larger.
    this.#keep(key, { promised, accepted: ballot, state: state.slice() });
    if (this.context.tracing) this.effects.trace({ event: 'vote', key, ballot, next, state } satisfies RegisterEvent);
    this.effects.send(proposer, { kind: 'accepted', key, ballot, nonce, next });
    this.#checkpointIfDue();
    this.#show();
  }

  /** Who has forgotten promises must not say which rounds were promised. */
  survey({ nonce }: Survey, proposer: Address): void {
    if (!this.admission.mayVote) return this.#ignore('survey', NOT_ADMITTED);
    const { round, ages } = this.#state;
    this.effects.send(proposer, { kind: 'surveyed', nonce, round, age: ages.get(proposer.node) ?? 0 });
  }

  erase({ key, ballot, ages }: Erase, proposer: Address): void {
    if (!this.admission.mayVote) return this.#ignore('erase', NOT_ADMITTED);
    const before = this.#state.registers.get(key);
    const gone = erase(this.#state, key, ballot, ages);
    const record = eraseRecord(key, ballot, ages);
    this.#loggedBytes += record.length;
    this.effects.persist(record);
    if (gone && before !== undefined) {
      this.#bytes -= bytesOf(key, before);
      if (this.context.tracing) this.effects.trace({ event: 'erase', key, ballot } satisfies RegisterEvent);
    }
    this.effects.send(proposer, { kind: 'erased', key, ballot, gone });
    this.#checkpointIfDue();
    this.#show();
  }

  checkpointed(): void {
    this.#checkpointing = false;
    this.#checkpointIfDue();
  }

  #register(key: string): Register {
    return this.#state.registers.get(key) ?? NO_REGISTER;
  }

  /** Whether it was sent before its proposer was made to forget a key: then it may build on what that key was. */
  #outdated(message: string, age: number, proposer: Address): boolean {
    const least = this.#state.ages.get(proposer.node) ?? 0;
    if (age >= least) return false;
    this.#ignore(message, `of age ${age}, and ${proposer.node} is ${least}`);
    this.effects.send(proposer, { kind: 'outdated', age: least });
    return true;
  }

  /** Whether the ballot is below the promise, which its proposer is told, or a leap that no honest node makes. */
  #refused(message: string, key: string, { promised }: Register, ballot: Ballot, nonce: number, proposer: Address): boolean {
    if (!isPlausible(ballot, { round: this.#state.round, node: '' })) {
      this.#ignore(message, 'an implausible leap of rounds');
      return true;
    }
    if (compareBallots(ballot, promised) >= 0) return false;
    this.effects.send(proposer, { kind: 'nack', key, ballot, nonce, promised });
    return true;
  }

  #keep(key: string, register: Register): void {
    const before = this.#state.registers.get(key);
    if (before !== undefined) this.#bytes -= bytesOf(key, before);
    keep(this.#state, key, register);
    this.#bytes += bytesOf(key, register);
    const record = registerRecord(key, register);
    this.#loggedBytes += record.length;
    this.effects.persist(record);
    this.admission.used();
  }

  /** Rewrites all keys once the log has grown by as much: the cost stays in proportion. */
  #checkpointIfDue(): void {
    if (this.#checkpointing || this.#loggedBytes < Math.max(this.options.checkpointBytes, this.#bytes)) return;
    this.#checkpointing = true;
    this.#loggedBytes = 0;
    this.effects.checkpoint(acceptorCheckpoint(this.#state), { kind: 'checkpointed' });
  }

  #ignore(message: string, reason: string): void {
    if (this.context.tracing) this.effects.trace({ event: 'ignore', message, reason } satisfies RegisterEvent);
  }

  #show(): void {
    const { gauges } = this.context;
    gauges.keys = this.#state.registers.size;
    gauges.retainedBytes = this.#bytes;
  }
}
