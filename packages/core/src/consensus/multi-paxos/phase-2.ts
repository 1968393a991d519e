import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import { type Entry, sizeOfEntry } from '../../replication/entry.js';
import type { Ballot } from '../ballot.js';
import type { ConsensusEvent } from '../trace-events.js';
import { Commander, type Range } from './commander.js';
import type { MultiPaxosMessage, Request } from './messages.js';
import type { MultiPaxosOptions } from './options.js';
import type { Placement } from './placement.js';
import { BURST_BYTES, PIECE_BYTES } from './sizes.js';
import type { Truncation } from './truncation.js';

/** How a reign has its entries voted for: in Multi-Paxos by Accepts alone. Of one ballot, and at an end with it. */
export interface Phase2 {
  /** Everything below it is chosen. */
  readonly commit: number;
  /** Above every slot that has a value. */
  readonly next: number;
  /** Proposed and not yet below `commit`: slots and bytes. */
  readonly openSlots: number;
  readonly openBytes: number;
  /** When something was proposed last, and the commit index that went with it. */
  readonly proposedAt: number;
  readonly carried: number;
  /** Whether this very batch is being proposed already: the client was impatient. */
  isOpen(session: number, seq: number): boolean;
  /** Proposes entries, each in a slot that is free. */
  propose(entries: readonly Entry[]): void;
  /** An acceptor voted for what was proposed in `count` slots from `first` on. */
  accepted(node: string, first: number, count: number): void;
  /** Everything below `below` is chosen and forgotten elsewhere. */
  skip(below: number): void;
  /**
   * With each heartbeat: sends again what was not answered. `alive`: the acceptors that answered lately. `settled`: what earlier ballots may
   * have chosen is known.
   */
  beat(now: number, alive: ReadonlySet<string>, settled: boolean): void;
  /** Whether the answers of these acceptors prove that no higher ballot is active, and tell of all that this one has chosen. */
  isReadQuorum(nodes: ReadonlySet<string>): boolean;
  /** The read index: `commit` as it was when the read came; `end`: above all that the acceptors which confirmed it had voted for. */
  readIndex(commit: number, end: number): number;
  /** The reign is over. */
  end(): void;
}

/** Of a reign, what its phase 2 needs. */
export interface Reigning {
  readonly context: ActorContext;
  readonly effects: Effects<MultiPaxosMessage>;
  readonly placement: Placement;
  readonly options: MultiPaxosOptions;
  readonly truncation: Truncation;
  readonly ballot: Ballot;
  /** Everything below it is chosen. */
  readonly first: number;
  /** Tells that the chosen prefix grew by `entries`, from slot `first` on. `answer`, true unless said: no other learner tells the proposers. */
  chosen(first: number, entries: readonly Entry[], answer?: boolean): void;
  /** Takes a request as if it had just come. */
  request(request: Request): void;
  /** The log time now. */
  stamp(): number;
}

/** Phase 2 by Accepts, in order and pipelined. (Paxos Made Simple §3) */
export class Proposals implements Phase2 {
  readonly commander: Commander;
  proposedAt = Number.NEGATIVE_INFINITY;
  carried = 0;

  constructor(private readonly of: Reigning) {
    this.commander = new Commander(of.first, of.placement.quorum);
  }

  get commit(): number {
    return this.commander.commit;
  }
  get next(): number {
    return this.commander.next;
  }
  get openSlots(): number {
    return this.commander.openSlots;
  }
  get openBytes(): number {
    return this.commander.openBytes;
  }

  isOpen(session: number, seq: number): boolean {
    return this.commander.isOpen(session, seq);
  }

  propose(entries: readonly Entry[]): void {
    const { context, options, placement, truncation } = this.of;
    const now = context.now();
    this.proposedAt = now;
    for (let at = 0; at < entries.length; ) {
      const first = this.commander.next;
      const part: Entry[] = [];
      for (let bytes = 0; at < entries.length && bytes < PIECE_BYTES; at++) {
        const entry = entries[at] as Entry;
        this.commander.propose(entry, now);
        const size = sizeOfEntry(entry);
        truncation.proposed(first + part.length, size);
        part.push(entry);
        bytes += size;
      }
      // What is more than a link carries at once, after a long pause, is sent little by little, as if it had been lost.
      if (this.commander.openBytes > BURST_BYTES && entries.length > options.window.slots)
        this.commander.sent(first, part.length, Number.NEGATIVE_INFINITY);
      else this.send(placement.acceptors, first, part);
    }
  }

  /** The Accept for consecutive slots, which have their entries. */
  send(nodes: readonly string[], first: number, entries: readonly Entry[]): void {
    const { context, effects, truncation, ballot } = this.of;
    const { commit } = this.commander;
    this.carried = commit;
    const accept = { kind: 'accept', ballot, first, entries, commit, truncate: truncation.below } as const;
    for (const node of nodes) effects.send(context.address('acceptor', node), accept);
    if (context.tracing) effects.trace({ event: 'propose', ballot, first, entries, commit } satisfies ConsensusEvent);
  }

  accepted(node: string, first: number, count: number): void {
    const before = this.commander.commit;
    const chosen = this.commander.accepted(node, first, count);
    if (chosen.length > 0) this.of.chosen(before, chosen);
  }

  skip(below: number): void {
    const chosen = this.commander.skip(below);
    if (chosen.length > 0) this.of.chosen(below, chosen);
  }

  beat(now: number): void {
    const before = now - this.of.options.retry;
    const sent: Range[] = [];
    for (const node of this.of.placement.acceptors)
      for (const range of this.commander.unanswered(node, before)) {
        this.send([node], range.first, range.entries);
        sent.push(range);
      }
    for (const { first, entries } of sent) this.commander.sent(first, entries.length, now);
  }

  isReadQuorum(nodes: ReadonlySet<string>): boolean {
    return this.of.placement.quorum.isPhase2(nodes);
  }

  readIndex(commit: number): number {
    return commit;
  }

  end(): void {
    // Nothing outlives it.
  }
}
