import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import type { Ballot } from '../ballot.js';
import { meetsEveryPhase1 } from '../quorum.js';
import type { MultiPaxosMessage, Promise1b } from './messages.js';
import type { MultiPaxosOptions } from './options.js';
import { HighestVotes, type Picks } from './picks.js';
import type { Placement } from './placement.js';
import { type Findings, Scout } from './scout.js';

/** ms between two Prepares of a ballot, at most. */
const SLOWEST_PREPARE = 2000;

/**
 * A node's way to leadership: a pre-vote, which changes nothing anywhere, and then phase 1, whose Prepares are repeated until a
 * quorum has promised. Only a candidate that a phase-1 quorum would support stands, so one that is cut off disturbs nobody.
 * (`docs/protocols.md` §9)
 */
export class Candidacy {
  /** When each acceptor said last that it would support it. */
  #probe: { readonly nonce: number; readonly support: Map<string, number> } | undefined;
  #patience = 0;
  #scout: Scout | undefined;
  #prepares = 0;
  /** Who told this life what it has promised. */
  readonly #told = new Set<string>();
  #hasStood = false;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly placement: Placement,
    private readonly options: Pick<MultiPaxosOptions, 'election' | 'retry'>,
    private readonly picks: () => Picks = () => new HighestVotes(),
  ) {}

  /** The ballot of the phase 1 that is under way. */
  get ballot(): Ballot | undefined {
    return this.#scout?.ballot;
  }

  get phase(): 'scouting' | 'probing' | 'passive' {
    return this.#scout ? 'scouting' : this.#probe ? 'probing' : 'passive';
  }

  /**
   * Asks who would support it, and gives up a phase 1 that is under way. An answer, to this call or an earlier one, counts for
   * `patience` ms from when it comes: however long it was on its way, or no slow network would ever elect a leader.
   */
  probe(patience: number): void {
    this.#scout = undefined;
    this.#patience = patience;
    this.#probe ??= { nonce: this.context.random.uint32(), support: new Map() };
    const { nonce, support } = this.#probe;
    const supporters = this.#lately(support);
    // Whole, as it travels: a time that was given may have a fraction.
    const probe = { kind: 'probe', nonce, silence: Math.ceil(this.options.election.least) } as const;
    for (const node of this.placement.acceptors)
      if (!supporters.has(node)) this.effects.send(this.context.address('acceptor', node), probe);
  }

  /** Whether an answer under `nonce` is to the question that is being asked. */
  asks(nonce: number): boolean {
    return this.#probe?.nonce === nonce;
  }

  /**
   * Whether this acceptor would support it, as it says now; true once a phase-1 quorum would.
   *
   * The first ballot of a life waits, besides, until acceptors of every phase-1 quorum have told what they promised, in favour or
   * not. An older copy of this node's data has forgotten rounds that it used. One that it proposed in was promised, durably, by a
   * phase-1 quorum: so it hears of it, and takes a higher one. Where all phase-1 quorums meet, as majorities do, its supporters
   * alone would do.
   */
  answered(node: string, supports: boolean): boolean {
    if (this.#probe === undefined) return false;
    this.#told.add(node);
    if (supports) this.#probe.support.set(node, this.context.now());
    else this.#probe.support.delete(node);
    const { quorum } = this.placement;
    return quorum.isPhase1(this.#lately(this.#probe.support)) && (this.#hasStood || meetsEveryPhase1(quorum, this.#told));
  }

  /** Begins phase 1. Everything below `from` is executed where this ballot's proposals are learned. */
  stand(ballot: Ballot, from: number): void {
    this.#hasStood = true;
    this.#probe = undefined;
    this.#scout = new Scout(ballot, this.context.random.uint32(), from, this.placement.quorum, this.picks());
    this.#prepares = 0;
    this.#prepare(this.#scout);
  }

  /** By timer. */
  prepareAgain(): void {
    if (this.#scout !== undefined) this.#prepare(this.#scout);
  }

  /** A promise for the ballot of this phase 1: what was found, once a quorum has promised. */
  promise(node: string, promise: Promise1b): Findings | undefined {
    return this.#scout?.promise(node, promise);
  }

  end(): void {
    this.#probe = undefined;
    this.#scout = undefined;
    this.effects.stopTimer('scout');
  }

  #lately(support: ReadonlyMap<string, number>): ReadonlySet<string> {
    const now = this.context.now();
    const nodes = new Set<string>();
    for (const [node, at] of support) if (now - at <= this.#patience) nodes.add(node);
    return nodes;
  }

  #prepare(scout: Scout): void {
    for (const node of this.placement.acceptors)
      if (!scout.has(node)) this.effects.send(this.context.address('acceptor', node), scout.prepare);
    // A long answer must not be asked for again while it is still on its way.
    const again = Math.min((this.options.retry / 2) * 2 ** this.#prepares++, SLOWEST_PREPARE);
    this.effects.startTimer('scout', again, { kind: 'scoutTimer' });
  }
}
