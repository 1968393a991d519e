import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import { type Ballot, sameBallot } from '../ballot.js';
import type { Erased, Forgotten, RegisterMessage } from './messages.js';
import type { ProposerLog } from './proposer-log.js';

/** ms that a step of a deletion may take before another key has its turn. */
const PATIENCE = 2000;

/** What a deletion asks of the proposer that drives it: an identity write of the tombstone that every acceptor votes for. */
export type Sweep = (key: string, deadline: number, done: (result: { readonly ballot: Ballot } | 'in use' | 'not yet') => void) => void;

type Step =
  | { readonly step: 'sweep' }
  | { readonly step: 'forget'; readonly ballot: Ballot; readonly ages: Map<string, number> }
  | { readonly step: 'erase'; readonly ballot: Ballot; readonly ages: ReadonlyMap<string, number>; readonly gone: Map<string, boolean> };

/**
 * Clears away the tombstones of deleted keys, one key at a time: every acceptor votes for the tombstone (b); every proposer forgets
 * what it knew of the key, and grows older, so that nothing it sent before is taken any more (c); every acceptor puts that on record,
 * and erases the key if it still is that tombstone (d, e). Who is away holds it up and no more; a step may be taken again at any
 * time, and after a restart it begins again at (b). (`docs/protocols.md` §3.5)
 */
export class Deletion {
  readonly #queue: string[];
  #key: string | undefined;
  #step: Step = { step: 'sweep' };
  #until = 0;
  #ticking = false;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<RegisterMessage>,
    private readonly proposers: readonly string[],
    private readonly acceptors: readonly string[],
    private readonly retry: number,
    private readonly log: ProposerLog,
    private readonly sweep: Sweep,
  ) {
    this.#queue = [...log.deleting];
  }

  /** Those that were not through when the last life ended. */
  begin(): void {
    this.#next();
  }

  /** The tombstone of this key is chosen. */
  add(key: string): void {
    if (key !== this.#key && !this.#queue.includes(key)) this.#queue.push(key);
    this.#next();
  }

  forgotten(node: string, { key, ballot, age }: Forgotten): void {
    const step = this.#step;
    if (key !== this.#key || step.step !== 'forget' || !sameBallot(step.ballot, ballot)) return;
    step.ages.set(node, age);
    if (!this.proposers.every((proposer) => step.ages.has(proposer))) return;
    this.#take({ step: 'erase', ballot, ages: step.ages, gone: new Map() });
  }

  erased(node: string, { key, ballot, gone }: Erased): void {
    const step = this.#step;
    if (key !== this.#key || step.step !== 'erase' || !sameBallot(step.ballot, ballot)) return;
    step.gone.set(node, gone);
    if (!this.acceptors.every((acceptor) => step.gone.has(acceptor))) return;
    // Somewhere it was asked for, or written, meanwhile: the next sweep tells.
    if ([...step.gone.values()].every(Boolean)) this.#done(key);
    else this.#putOff(key);
  }

  /** By timer. */
  tick(): void {
    this.#ticking = false;
    if (this.#key === undefined) return this.#next();
    if (this.context.now() >= this.#until) this.#putOff(this.#key);
    else {
      this.#ask();
      this.#tickIn(this.retry);
    }
  }

  #next(): void {
    if (this.#key !== undefined || this.#ticking) return;
    const key = this.#queue.shift();
    if (key === undefined) return;
    this.#key = key;
    this.#take({ step: 'sweep' });
    this.sweep(key, this.#until, (result) => {
      if (key !== this.#key || this.#step.step !== 'sweep') return;
      if (result === 'in use') this.#done(key);
      else if (result === 'not yet') this.#putOff(key);
      else this.#take({ step: 'forget', ballot: result.ballot, ages: new Map() });
    });
  }

  #take(step: Step): void {
    this.#step = step;
    this.#until = this.context.now() + PATIENCE;
    this.#ask();
    this.#tickIn(this.retry);
  }

  #ask(): void {
    const step = this.#step;
    const key = this.#key as string;
    const { context, effects } = this;
    if (step.step === 'forget')
      for (const node of this.proposers)
        if (!step.ages.has(node)) effects.send(context.address('proposer', node), { kind: 'forget', key, ballot: step.ballot });
    if (step.step !== 'erase') return;
    const ages = [...step.ages].map(([node, age]) => ({ node, age }));
    for (const node of this.acceptors)
      if (!step.gone.has(node)) effects.send(context.address('acceptor', node), { kind: 'erase', key, ballot: step.ballot, ages });
  }

  #done(key: string): void {
    this.log.deleted(key);
    this.#key = undefined;
    this.#tickIn(1);
  }

  #putOff(key: string): void {
    this.#queue.push(key);
    this.#key = undefined;
    this.#tickIn(PATIENCE / 2);
  }

  #tickIn(ms: number): void {
    this.#ticking = true;
    this.effects.startTimer('deletion', ms, { kind: 'deletionTimer' });
  }
}
