import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import { randomBelow } from '../../actor/random.js';
import { type Ballot, sameBallot } from '../ballot.js';
import { ElectionTimeout } from '../election/election-timeout.js';
import type { MultiPaxosMessage } from './messages.js';
import type { MultiPaxosOptions } from './options.js';

/** A leader that was not heard of for so many heartbeats may be gone: nothing is forwarded to it. */
const FRESH = 4;

/**
 * What a leader that does not lead watches: the ballot that is given its time, and the time since that was heard of. (Paxos Made
 * Moderately Complex §3; `docs/protocols.md` §4.4) It keeps the election timer.
 */
export class Watch {
  readonly #timeout: ElectionTimeout;
  #watched: { readonly ballot: Ballot; readonly leads: boolean; heardAt: number } | undefined;
  /** The commit index when the last period ended. */
  #commit = 0;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly options: Pick<MultiPaxosOptions, 'heartbeat' | 'election'>,
  ) {
    this.#timeout = new ElectionTimeout(options.election.least, options.election.most, context.random);
  }

  /** How long a leader, an election or a quorum may be silent, ms: as learned so far. */
  get patience(): number {
    return this.#timeout.time;
  }

  /** The ballot that is given its time. */
  get ballot(): Ballot | undefined {
    return this.#watched?.ballot;
  }

  /** The node that leads, as far as is known. */
  get leader(): string | undefined {
    return this.#watched?.leads ? this.#watched.ballot.node : undefined;
  }

  /** The node that leads, if it was heard of lately. */
  get freshLeader(): string | undefined {
    return this.#silence() < FRESH * this.options.heartbeat ? this.leader : undefined;
  }

  /** A leader that is up will be heard of within two heartbeats; then nobody stands. */
  begin(): void {
    this.#endIn(2 * this.options.heartbeat + this.#timeout.jittered() - this.#timeout.time);
  }

  /** Gives whoever is at it a whole period from now. */
  restart(): void {
    this.#endIn(this.#timeout.jittered());
  }

  /** The leader of `ballot` lives. True if it is not the one that was watched. */
  heard(ballot: Ballot): boolean {
    const heardAt = this.context.now();
    if (this.#watched?.leads && sameBallot(this.#watched.ballot, ballot)) {
      this.#watched.heardAt = heardAt;
      return false;
    }
    this.#watched = { ballot, leads: true, heardAt };
    return true;
  }

  /** `ballot` won over one of this node's: it is given the time to show that it leads; standing again at once would only start a duel. */
  yieldTo(ballot: Ballot): void {
    this.#watched = { ballot, leads: false, heardAt: this.context.now() };
  }

  /** By timer: a period ended, with this commit index. True if what was watched was silent for too long, and is watched no more. */
  expired(commit: number): boolean {
    if (commit > this.#commit) this.#timeout.progressed();
    this.#commit = commit;
    const silence = this.#silence();
    if (silence < this.#timeout.time) {
      this.#endIn(this.#timeout.jittered() - silence);
      return false;
    }
    this.#watched = undefined;
    // What follows is a probe, which disturbs nobody, so it is repeated soon.
    const { heartbeat } = this.options;
    this.#endIn(2 * heartbeat + randomBelow(this.context.random, heartbeat));
    return true;
  }

  /** The time was too short. */
  allowMore(): void {
    this.#timeout.preempted();
  }

  stop(): void {
    this.#watched = undefined;
    this.effects.stopTimer('election');
  }

  #silence(): number {
    return this.context.now() - (this.#watched?.heardAt ?? Number.NEGATIVE_INFINITY);
  }

  #endIn(ms: number): void {
    this.effects.startTimer('election', ms, { kind: 'electionTimer' });
  }
}
