import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import { meetsEveryPhase1, type QuorumSystem } from '../quorum.js';
import type { Probe, ProbeTimer } from './messages.js';

/**
 * What a proposer asks before the first ballot of a life: what acceptors of every phase-1 quorum have promised. An older copy of its
 * data has forgotten rounds that it used. One that it proposed in was promised, durably, by a phase-1 quorum: so it hears of it, and
 * takes a higher one. One that it did not propose in may be used again, since a promise names the phase 1 that it answers. Where the
 * node has an acceptor too, that must have answered: on an old copy it never may, and no ballot is begun in vain. (`docs/protocols.md` §1,
 * S1.1)
 */
export class FirstBallot {
  readonly #nonce: number;
  readonly #told = new Set<string>();

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<Probe | ProbeTimer>,
    private readonly quorum: QuorumSystem,
    private readonly retry: number,
  ) {
    this.#nonce = context.random.uint32();
  }

  /** Whether a ballot may be taken. */
  get mayBeTaken(): boolean {
    const { node } = this.context.self;
    if (this.quorum.members.includes(node) && !this.#told.has(node)) return false;
    return meetsEveryPhase1(this.quorum, this.#told);
  }

  /** Asks those that have not answered, and again by timer. */
  ask(): void {
    if (this.mayBeTaken) return;
    for (const node of this.quorum.members)
      if (!this.#told.has(node)) this.effects.send(this.context.address('acceptor', node), { kind: 'probe', nonce: this.#nonce });
    this.effects.startTimer('probe', this.retry, { kind: 'probeTimer' });
  }

  /** An acceptor says what it promised. False if it says so to an earlier life. */
  answered(node: string, nonce: number): boolean {
    if (nonce !== this.#nonce) return false;
    this.#told.add(node);
    if (this.mayBeTaken) this.effects.stopTimer('probe');
    return true;
  }
}
