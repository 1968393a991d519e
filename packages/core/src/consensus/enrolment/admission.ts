import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import type { Message } from '../../actor/envelope.js';
import { extended, type Role } from '../../actor/react.js';
import { ConfigurationError } from '../../errors.js';
import type { QuorumSystem } from '../quorum.js';
import type { SmallState } from '../small-state.js';
import { type AdmissionState, enrolledRecord, epochRecord, formedRecord, onlyLastRecord } from './admission-log.js';
import { Enrolment } from './enrolment.js';
import { isFull, lastOf, onlyLast, wasIn, withAnother } from './epochs.js';
import type { AdmissionMessage, Enrol, Enrolled } from './messages.js';

/** ms that an epoch lasts in which it promised or voted. A copy that was made so long before the data was last used is told from it. */
const EPOCH = 30_000;

/** Whom it is one of, and the quorums that they make. */
export interface AdmittedAmong {
  readonly acceptors: readonly string[];
  readonly quorum: Pick<QuorumSystem, 'fingerprint'>;
}

/** Why an acceptor does nothing about what it is asked. */
export const NOT_ADMITTED = 'not formed, or this life is not on record with a majority yet';

/**
 * An acceptor's part in who may vote: whether it may itself, and what it has on record of others. (`docs/protocols.md` §10) It knows
 * nothing of what is voted for, so any protocol's acceptor has one: a role named `acceptor`, which
 *
 * - takes `enrolWire` among its messages, and is joined by `admitted` to this, which takes each `AdmissionMessage`;
 * - promises and votes only where `mayVote` holds;
 * - calls `used` whenever it persists a promise or a vote;
 * - keeps `state` with its own: from its records by `replayAdmission`, in its checkpoint by `writeAdmission` and `readAdmission`. What
 *   changes is persisted here, and a checkpoint follows if that is what `kept` is for; a large state may wait for the next.
 *
 * For the node's status it shows `formed`, `admitted`, `onRecord` and `epoch`.
 *
 * Without it a node that lost its disk, or runs on an old copy, answers as if it had never promised what it did.
 */
export class Admission implements Role<AdmissionMessage> {
  readonly #quorums: string;
  readonly #enrolment: Enrolment;
  /** Another epoch begins in a while. */
  #epochEnds = false;

  /**
   * Throws `ConfigurationError` (`CHANGED_ACCEPTORS`). `retry`: ms before a question that was not answered is asked again. `kept`: of an
   * acceptor whose state is small, which `state` is a part of.
   */
  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<AdmissionMessage>,
    { acceptors, quorum: { fingerprint } }: AdmittedAmong,
    retry: number,
    private readonly state: AdmissionState,
    private readonly kept?: SmallState,
  ) {
    this.#quorums = fingerprint;
    if (state.formed && state.quorums !== fingerprint) throw changedQuorums(context.self, state.quorums, fingerprint);
    this.#enrolment = new Enrolment(context, effects, acceptors, state.formed ? 'a majority' : 'all', retry);
  }

  /** Whether it was formed, in this life or an earlier one, and enough acceptors have this life on record. */
  get mayVote(): boolean {
    return this.#enrolment.granted;
  }

  /** A life begins. Persists. */
  start(): void {
    // Of forgotten epochs nothing is refused any more. So no start pushes one out, or an old copy that is refused, and started again
    // each time, would come to forget all that it never knew: it goes on in its last.
    if (isFull(this.state.epochs)) this.#enrolment.begin(this.state.epochs);
    else this.#beginEpoch();
    this.kept?.persisted();
    this.#show();
  }

  /** What it promised or voted ends an epoch before long: a copy of the data that was made before it is told from the data by that. */
  used(): void {
    if (this.#epochEnds) return;
    this.#epochEnds = true;
    this.effects.startTimer('epoch', EPOCH, { kind: 'epochTimer' });
  }

  /**
   * Answered by an acceptor that may not vote, too: all of them may be starting.
   *
   * Epochs as high as the one on record that do not know of it prove that the node's data has two branches, but not which of them
   * is old. The late question of the newest data comes to whoever has a copy of it on record; and the late question of a copy, which
   * was refused and never promised anything, comes to whoever has the newest data on record: here the two look the same. So it is
   * answered as any other, with what is on record, and is not held against the data that the node runs on by now. That would take
   * questions that tell of the last epoch in which the data was admitted: only what was told in that one is missed in data without it.
   *
   * Nor is the data here old if it has nothing on record as late as `epochs.first`, which every acceptor had on record: one of them may
   * have been a life of this node that had lost its data, and now has it back; or so many epochs began that the oldest was dropped.
   */
  enrol({ generation, epochs }: Enrol, asker: Address): void {
    const { enrolled } = this.state;
    const epoch = lastOf(epochs);
    let known = enrolled.get(asker.node);
    const before = known;
    // What is on record is replaced only by data that knows of it: so data that does not is told from it however often it starts.
    if (known === undefined || (known.generation === generation && known.epoch.epoch < epoch.epoch && wasIn(epochs, known.epoch))) {
      known = { generation, epoch };
      enrolled.set(asker.node, known);
      this.effects.persist(enrolledRecord(asker.node, known));
    }
    const { generation: of, epoch: recorded } = known;
    this.effects.send(asker, { kind: 'enrolled', generation: of, recorded, formed: this.state.formed, admitted: this.mayVote });
    this.#enrolment.met(asker.node);
    if (known !== before) this.kept?.persisted();
  }

  /** Throws `StorageError` (`OLD_DATA`). */
  enrolled(answer: Enrolled, { node }: Address): void {
    const before = this.#enrolment.complete;
    this.#enrolment.answered(node, answer);
    const forms = !this.state.formed && this.#enrolment.granted;
    if (forms) {
      this.state.formed = true;
      this.state.quorums = this.#quorums;
      this.effects.persist(formedRecord(this.#quorums));
    }
    const completes = !before && this.#enrolment.complete;
    if (completes) {
      this.state.epochs = onlyLast(this.state.epochs);
      this.effects.persist(onlyLastRecord());
    }
    if (forms || completes) this.kept?.persisted();
    this.#show();
  }

  /** Who has not answered is asked again. */
  enrolTimer(): void {
    this.#enrolment.ask();
  }

  /** Persists: another epoch begins. */
  epochTimer(): void {
    this.#epochEnds = false;
    this.#beginEpoch();
    this.kept?.persisted();
    this.#show();
  }

  #show(): void {
    const { gauges } = this.context;
    gauges.formed = this.state.formed;
    gauges.admitted = this.mayVote;
    gauges.onRecord = this.#enrolment.complete;
    gauges.epoch = lastOf(this.state.epochs).epoch;
  }

  #beginEpoch(): void {
    // The first of a generation, which is random itself, needs no number; so it may be told before it is durable: it would be the same.
    const first = lastOf(this.state.epochs).epoch === 0;
    const nonce = first ? 0 : this.context.random.uint32();
    this.state.epochs = withAnother(this.state.epochs, nonce);
    if (first) this.#enrolment.begin(this.state.epochs);
    // Behind the record the gate holds the question, and all that is said in this epoch.
    this.effects.persist(epochRecord(nonce));
    if (!first) this.#enrolment.begin(this.state.epochs);
  }
}

/** The rules of an acceptor, without those of its admission. `In`: all that both take. */
export type Admitting<In extends Message> = Role<Exclude<In, AdmissionMessage>> & { readonly admission: Admission };

/** The whole acceptor: its admission starts before it, and takes the messages of its own. */
export const admitted = <In extends Message>(acceptor: Admitting<In>): Role<In> =>
  extended<AdmissionMessage, Exclude<In, AdmissionMessage>>(acceptor.admission, acceptor) as Role<In>;

/** Votes under other quorums, or by another protocol, prove nothing under these: a vote that chose something might no longer be met. */
const changedQuorums = ({ node, group }: Address, before: string, now: string): ConfigurationError =>
  new ConfigurationError(
    'CHANGED_ACCEPTORS',
    `node ${node} has voted in group ${group} under ${before}, and is now given ${now}; give back the protocol, the acceptors and the quorums that it had. None can be exchanged by changing the configuration: what was acknowledged might be lost`,
  );
