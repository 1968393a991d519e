import type { ActorContext, Address, Effects, Role } from '@synod/core';
import { type Ballot, compareBallots, isPlausible, NO_BALLOT, sameBallot } from '@synod/core/consensus';
import { type LeaderIs, type MultiPaxosOptions, type Placement, Proposer, type Reply, type Request } from '@synod/core/multi-paxos';
import type { FastPaxosMessage, FastProposerMessage, Opened, Taken } from './messages.js';
import { entryOf } from './value.js';

/** A coordinator that has not said for so many heartbeats that its ballot is open may be gone. */
const FRESH = 4;

/** A ballot that is open, as its coordinator said last. */
interface Open {
  readonly ballot: Ballot;
  readonly heardAt: number;
  /** The log time then: this node's own clock may be a client's, and wrong. */
  readonly time: number;
}

/**
 * What a proposer of Fast Paxos does besides what one of Multi-Paxos does: while a ballot is open it sends a batch to the acceptors itself, for
 * the first slot that seems free. Once only: what comes of it not at all or too late goes to the leader, as any request does, and a
 * session lets it happen once. (Lamport, Fast Paxos §2.2)
 */
export class FastProposer implements Role<FastProposerMessage | Reply | LeaderIs> {
  readonly proposer: Proposer;
  #open: Open | undefined;
  /** The slot to try next. */
  #next = 0;
  /** All below it is chosen. */
  #chosen = 0;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<FastPaxosMessage>,
    private readonly placement: Placement,
    private readonly options: MultiPaxosOptions,
    join: (commands: readonly Uint8Array[]) => Uint8Array,
  ) {
    this.proposer = new Proposer(context, effects, placement, options, join, (request, leader, attempt) =>
      this.#route(request, leader, attempt),
    );
  }

  opened({ ballot, next, commit, time }: Opened, { node }: Address): void {
    const known = this.#open?.ballot ?? NO_BALLOT;
    const order = compareBallots(ballot, known);
    if (node !== ballot.node || order < 0 || !isPlausible(ballot, known)) return;
    this.#chosen = Math.max(this.#chosen, commit);
    this.#next = order > 0 ? next : Math.max(this.#next, next);
    this.#open = { ballot, heardAt: this.context.now(), time };
  }

  taken({ ballot, next }: Taken): void {
    if (this.#open !== undefined && sameBallot(ballot, this.#open.ballot)) this.#next = Math.max(this.#next, next);
  }

  reply(reply: Reply): void {
    this.#chosen = Math.max(this.#chosen, reply.index);
    this.proposer.reply(reply);
  }

  leaderIs(message: LeaderIs): void {
    if (message.node !== '' && message.node !== this.#open?.ballot.node) this.#open = undefined;
    this.proposer.leaderIs(message);
  }

  #route(request: Request, leader: string, attempt: number): void {
    const open = this.#openNow;
    // Sent again, it goes the other way; and nothing is proposed under a session that is not open yet.
    if (open === undefined || attempt > 1 || request.seq === 0) return this.effects.send(this.context.address('leader', leader), request);
    const { ballot } = open;
    const time = Math.floor(open.time + this.context.now() - open.heardAt);
    const entry = entryOf(request, this.#learnerFor(request, ballot), time);
    const proposal = { kind: 'fastPropose', ballot, first: this.#next++, entries: [entry] } as const;
    for (const node of this.placement.acceptors) this.effects.send(this.context.address('acceptor', node), proposal);
    this.effects.send(this.context.address('leader', ballot.node), proposal);
  }

  /** The ballot that is open, if there is room in its window. */
  get #openNow(): Open | undefined {
    const open = this.#open;
    if (open === undefined || this.context.now() - open.heardAt > FRESH * this.options.heartbeat) return undefined;
    return this.#next < this.#chosen + this.options.window.slots ? open : undefined;
  }

  /** Who tells the outcome: the learner of this node knows it first. */
  #learnerFor({ learner }: Request, { node }: Ballot): string {
    const { learners } = this.placement;
    if (learners.includes(this.context.self.node)) return this.context.self.node;
    return learner || (learners.includes(node) ? node : (learners[0] as string));
  }
}
