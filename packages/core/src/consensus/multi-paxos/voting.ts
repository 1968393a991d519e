import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import type { Entry } from '../../replication/entry.js';
import { type Ballot, ballotOf, compareBallots, formatBallot, isPlausible, type Step } from '../ballot.js';
import { Admission } from '../enrolment/admission.js';
import type { ConsensusEvent } from '../trace-events.js';
import { type AcceptorState, acceptorCheckpoint, keptIn, promiseRecord, recoverAcceptor, votesRecord } from './acceptor-log.js';
import type { MultiPaxosMessage } from './messages.js';
import type { MultiPaxosOptions } from './options.js';
import type { Placement } from './placement.js';
import type { VotedLog } from './voted-log.js';

/**
 * What an acceptor has promised and voted for, and its right to do so. Every change is put on record before whatever the acceptor
 * sends next: the gate sees to it. It knows no message, so an acceptor that hears of proposals in ways of its own votes through it too.
 */
export class Voting {
  readonly #state: AcceptorState;
  readonly log: VotedLog;
  readonly admission: Admission;
  /** What votes have added to the node's log since the last checkpoint. */
  #loggedBytes: number;
  #checkpointing = false;

  /** Throws `ConfigurationError` (`CHANGED_ACCEPTORS`), and `MalformedError` if what was recovered was not written by an acceptor. */
  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    placement: Pick<Placement, 'acceptors' | 'quorum'>,
    private readonly options: Pick<MultiPaxosOptions, 'retry' | 'snapshot'>,
  ) {
    this.#state = recoverAcceptor(context.recovered);
    this.log = this.#state.log;
    this.#loggedBytes = this.log.bytes;
    this.admission = new Admission(context, effects, placement, options.retry, this.#state.admission);
  }

  /** It votes at no lower ballot. */
  get promised(): Ballot {
    return this.#state.promised;
  }

  /** Whether the ballot is below the promise, which its leader is told, or a leap that no honest node makes. */
  refuses(message: string, ballot: Ballot, leader: Address): boolean {
    const { promised } = this;
    if (!isPlausible(ballot, promised)) {
      this.ignore(message, 'an implausible leap of rounds');
      return true;
    }
    if (compareBallots(ballot, promised) >= 0) return false;
    this.effects.send(leader, { kind: 'nack', ballot, promised });
    return true;
  }

  /** `ballot` is not below the promise that stands. */
  promise(ballot: Ballot): void {
    this.#state.promised = ballot;
    this.effects.persist(promiseRecord(ballot));
    this.admission.used();
    if (this.context.tracing) this.effects.trace({ event: 'promise', ballot } satisfies ConsensusEvent);
  }

  /** Votes for consecutive slots, which promises the ballot too: it is not below the promise that stands. */
  vote(at: Step, first: number, entries: readonly Entry[], commit: number): void {
    this.#state.promised = ballotOf(at);
    const record = votesRecord(at, first, entries, commit);
    const kept = keptIn(record, at, entries);
    for (let i = 0; i < kept.length; i++) this.log.vote(at, first + i, kept[i] as Entry);
    this.#loggedBytes += record.length;
    this.effects.persist(record);
    this.admission.used();
    if (this.context.tracing) this.effects.trace({ event: 'vote', ballot: at, first, entries } satisfies ConsensusEvent);
  }

  truncate(below: number): void {
    if (this.log.truncate(below) && this.context.tracing) this.effects.trace({ event: 'truncate', below } satisfies ConsensusEvent);
  }

  /** Rewrites what is retained once the log has grown by as much: the cost stays in proportion. */
  checkpointIfDue(): void {
    if (this.#checkpointing || this.#loggedBytes < Math.max(this.options.snapshot.bytes / 2, this.log.bytes)) return;
    if (this.log.truncatedBelow === 0) return;
    this.#checkpointing = true;
    this.#loggedBytes = 0;
    this.effects.checkpoint(acceptorCheckpoint(this.#state), { kind: 'checkpointed' });
  }

  checkpointed(): void {
    this.#checkpointing = false;
    this.checkpointIfDue();
  }

  /** Nothing is done about a message. */
  ignore(message: string, reason: string): void {
    if (this.context.tracing) this.effects.trace({ event: 'ignore', message, reason } satisfies ConsensusEvent);
  }

  /** For the node's status. */
  show(gauges: Record<string, unknown>): void {
    gauges.promised = formatBallot(this.promised);
    gauges.chosen = this.log.commit;
    gauges.votes = this.log.size;
    gauges.retainedBytes = this.log.bytes;
    gauges.truncatedBelow = this.log.truncatedBelow;
  }
}
