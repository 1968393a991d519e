import type { RecoveredRole } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Envelope } from '../../actor/envelope.js';
import { type Ballot, compareBallots, higherBallot, NO_BALLOT } from '../ballot.js';
import type { Memory, Testimony } from './testimony.js';

/** What binds an acceptor. */
export interface Bound {
  /** It will vote for nothing lower: as it said in this life, or found when it began. */
  promised: Ballot;
  /** What others have heard of that: it binds all its lives. */
  told: Ballot;
  /** Its disk was lost after it had told something: it must never promise or vote again under its name. */
  lost: boolean;
  /** Its disk was lost. What is heard of it that it did not say since was on its way then. */
  wiped: boolean;
}

/** What each acceptor has promised, across its lives. */
export class Promises {
  readonly #bounds = new Map<string, Bound>();

  constructor(readonly testimony: Testimony) {}

  of(node: string): Bound {
    let bound = this.#bounds.get(node);
    if (bound === undefined) this.#bounds.set(node, (bound = { promised: NO_BALLOT, told: NO_BALLOT, lost: false, wiped: false }));
    return bound;
  }

  hear({ from, message }: Envelope): void {
    const told = this.testimony.told(message);
    if (told === undefined) return;
    const bound = this.of(from.node);
    if (bound.wiped && compareBallots(told.ballot, bound.promised) > 0) bound.lost = true;
    if (compareBallots(told.ballot, bound.told) > 0) bound.told = told.ballot;
  }

  raise(bound: Bound, ballot: Ballot): void {
    if (compareBallots(ballot, bound.promised) > 0) bound.promised = ballot;
  }

  wipe(node: string): void {
    const bound = this.of(node);
    bound.wiped = true;
    bound.promised = NO_BALLOT;
    if (compareBallots(bound.told, NO_BALLOT) > 0) bound.lost = true;
  }

  /** If the actor is an acceptor, what it finds. */
  begin({ node, role }: Address, recovered: RecoveredRole): Memory | undefined {
    if (role !== this.testimony.acceptor) return undefined;
    const memory = this.testimony.began(recovered);
    const bound = this.of(node);
    bound.promised = higherBallot(memory.promised, bound.told);
    return memory;
  }
}
