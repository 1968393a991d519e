import { SynodError } from '../../errors.js';
import { canonicalText } from './canonical-text.js';
import { EventList, type Interval } from './event-list.js';
import type { HistoryOperation, Invocation } from './history.js';
import { LinearizedSet } from './linearized-set.js';
import type { Model } from './model.js';
import { States } from './states.js';
import { invocationOf, UnknownOperations } from './unknown-operations.js';
import { type Taken, Visited } from './visited.js';

/** How often the model may be asked, and how often it was. */
export interface Budget {
  readonly steps: number;
  used: number;
}

export type Found<O extends HistoryOperation> =
  | { readonly outcome: 'linearizable'; readonly order: readonly O[] }
  | ({ readonly outcome: 'not linearizable' } & Furthest<O>)
  | { readonly outcome: 'undecided' };

/** The longest order that was found, and what could have been next and cannot. */
interface Furthest<O> {
  readonly prefix: readonly O[];
  readonly candidates: readonly O[];
}

/** Where the next operation takes effect. */
interface Place<O> {
  readonly state: State;
  /** All unknown operations taken so far. */
  readonly taken: Taken;
  /** The unknown operations taken since the last one with a known outcome, in order. */
  readonly detour: readonly O[];
}

/** A state of the model, and its number: equal states have equal numbers. */
interface State {
  readonly value: unknown;
  readonly number: number;
}

/** An operation with a known outcome that can be next, and the state that it leaves. */
interface Move {
  readonly operation: number;
  readonly state: State;
}

/** One operation that was linearized, and the search for what comes after it. */
interface Frame<O> {
  /** -1 at the root. */
  readonly operation: number;
  /** The unknown operations taken just before it. */
  readonly detour: readonly O[];
  /** Where it left the model, then where unknown operations lead from there, the shortest ways first. */
  readonly places: Place<O>[];
  /** Which of the places is being searched, and whether unknown operations may follow there. */
  at: number;
  leaves: boolean;
  /** From that place, not tried yet; the last is the next to try. */
  moves: Move[];
}

class OutOfSteps extends Error {}

/**
 * Looks for an order of the operations that the model allows and that keeps each operation between its call and its return: the
 * search of Wing and Gong (1993), which takes any operation called before all returns that are left, asks the model, and takes
 * it back when nothing can follow; with the memory of Lowe (2017) of where it was. It visits no place twice, so it ends; without
 * concurrency it asks once for each operation. The problem itself is NP-complete (Gibbons and Korach, 1997), hence a budget.
 *
 * What else keeps it short, and why nothing is missed. A *place* is what was linearized, the state, and which unknown operations
 * were taken; one place *covers* another with the same state and the same known operations, if it took no unknown operation that
 * the other did not: all that can follow there can follow here.
 *
 * - An operation that only reads and can be next is taken, and nothing else tried there. In an order that takes it later it may
 *   stand here as well: it answers what it answered, and the others never notice where it stands.
 * - An unknown operation that would not change the state is not taken: the place before covers the place after. So no unknown
 *   read is ever taken.
 * - Unknown operations are taken as late as can be: only when nothing more can be found without, and then as few in a row as can
 *   be. The whole search is repeated with longer rows, until it finds an order or no row had to be cut short. That is a matter of
 *   which order is found first. The end is reached when all operations with a known outcome are in order, so those unknown ones
 *   that nobody needs are never taken.
 * - Unknown operations that do the same are taken in the order of their calls (see `UnknownOperations`).
 * - A place that is covered by one that was visited is not searched (see `Visited`).
 */
export class Search<I extends Invocation, Result> {
  readonly #known: readonly HistoryOperation<I, Result>[];
  readonly #invocations: readonly I[];
  readonly #readOnly: readonly boolean[];
  readonly #results: readonly string[];
  readonly #unknown: UnknownOperations<I>;
  readonly #events: EventList;
  readonly #linearized: LinearizedSet;
  #visited = new Visited();
  readonly #states: States;
  readonly #stack: Frame<HistoryOperation<I, Result>>[] = [];
  /** How many unknown operations are taken in a row, at most; and whether there was one more to take. */
  #longestDetour = 0;
  #cut = false;
  /** How many operations were in order where nothing could follow, at most; and what could not. */
  #depth = -1;
  #furthest: Furthest<HistoryOperation<I, Result>> = { prefix: [], candidates: [] };

  constructor(
    operations: readonly HistoryOperation<I, Result>[],
    private readonly model: Model<unknown, I, Result>,
    private readonly budget: Budget,
  ) {
    this.#known = operations.filter(({ ret }) => ret !== null).sort((a, b) => a.call - b.call);
    this.#invocations = this.#known.map(invocationOf);
    this.#readOnly = this.#invocations.map((invocation) => model.readOnly?.(invocation) === true);
    this.#results = this.#known.map(({ result }) => canonicalText(result));
    this.#unknown = new UnknownOperations(
      operations.filter(({ ret }) => ret === null),
      (invocation) => model.effect?.(invocation) ?? canonicalText(invocation),
    );
    this.#events = new EventList(this.#known as readonly (HistoryOperation<I, Result> & Interval)[]);
    this.#linearized = new LinearizedSet(this.#known.length);
    this.#states = new States(model);
  }

  run(): Found<HistoryOperation<I, Result>> {
    try {
      return this.#run();
    } catch (error) {
      if (error instanceof OutOfSteps) return { outcome: 'undecided' };
      throw error;
    }
  }

  #run(): Found<HistoryOperation<I, Result>> {
    this.#begin();
    while (!this.#events.empty) {
      const frame = this.#stack.at(-1);
      if (frame === undefined) {
        if (!this.#cut) return { outcome: 'not linearizable', ...this.#furthest };
        this.#longestDetour = Math.max(1, 2 * this.#longestDetour);
        this.#begin();
        continue;
      }
      const move = frame.moves.pop();
      if (move !== undefined) this.#follow(frame, move);
      else if (!this.#detour(frame)) this.#giveUp(frame);
    }
    return { outcome: 'linearizable', order: this.#order() };
  }

  /** Begins at the root, and with nothing visited: what was cut off before may be searched now. */
  #begin(): void {
    this.#cut = false;
    this.#visited = new Visited();
    this.#enter(-1, [], { state: this.#states.of(this.model.initial), taken: this.#unknown.none, detour: [] });
  }

  #enter(operation: number, detour: readonly HistoryOperation<I, Result>[], place: Place<HistoryOperation<I, Result>>): void {
    const frame = { operation, detour, places: [place], at: 0, leaves: true, moves: [] };
    this.#stack.push(frame);
    this.#expand(frame);
  }

  /** Linearizes the operation, unless that leads to where the search was before. */
  #follow(frame: Frame<HistoryOperation<I, Result>>, { operation, state }: Move): void {
    const { taken, detour } = frame.places[frame.at]!;
    this.#linearized.add(operation);
    if (!this.#visited.enter(this.#linearized.text, state.number, taken, 0)) {
      this.#linearized.delete(operation);
      return;
    }
    this.#events.lift(operation);
    this.#enter(operation, detour, { state, taken, detour: [] });
  }

  /** Goes on at the next place to which unknown operations lead. False if there is none. */
  #detour(frame: Frame<HistoryOperation<I, Result>>): boolean {
    if (frame.leaves) this.#addPlaces(frame);
    if (frame.at + 1 === frame.places.length) return false;
    frame.at++;
    this.#expand(frame);
    return true;
  }

  /** Nothing can follow: takes the operation back. */
  #giveUp(frame: Frame<HistoryOperation<I, Result>>): void {
    if (this.#stack.length > this.#depth) {
      this.#depth = this.#stack.length;
      this.#furthest = { prefix: this.#order(), candidates: this.#events.candidates().map((operation) => this.#known[operation]!) };
    }
    this.#stack.pop();
    if (frame.operation < 0) return;
    this.#events.unlift(frame.operation);
    this.#linearized.delete(frame.operation);
  }

  /** Finds what can be next at the frame's place. */
  #expand(frame: Frame<HistoryOperation<I, Result>>): void {
    const { state } = frame.places[frame.at]!;
    frame.moves = [];
    frame.leaves = true;
    for (const operation of this.#events.candidates()) {
      const { result, state: after } = this.#step(state, this.#invocations[operation]!);
      if (canonicalText(result) !== this.#results[operation]) continue;
      if (this.#readOnly[operation]) {
        if (after.number !== state.number) throw changedByReading(this.#invocations[operation]!);
        frame.moves = [{ operation, state: after }];
        frame.leaves = false;
        return;
      }
      frame.moves.push({ operation, state: after });
    }
    frame.moves.reverse();
  }

  /** Adds the places to which one more unknown operation leads. */
  #addPlaces(frame: Frame<HistoryOperation<I, Result>>): void {
    const { state, taken, detour } = frame.places[frame.at]!;
    const time = this.#events.firstReturn;
    for (const [kind, { invocation }] of this.#unknown.kinds.entries()) {
      const operation = this.#unknown.next(kind, taken, time) as HistoryOperation<I, Result> | undefined;
      if (operation === undefined) continue;
      if (detour.length === this.#longestDetour) {
        this.#cut = true;
        return;
      }
      const { state: after } = this.#step(state, invocation);
      if (after.number === state.number) continue;
      const more = taken.slice();
      more[kind]!++;
      if (this.#visited.enter(this.#linearized.text, after.number, more, detour.length + 1))
        frame.places.push({ state: after, taken: more, detour: [...detour, operation] });
    }
  }

  #step(state: State, invocation: I): { readonly state: State; readonly result: Result } {
    if (this.budget.used >= this.budget.steps) throw new OutOfSteps();
    this.budget.used++;
    const { state: after, result } = this.model.step(state.value, invocation);
    return { state: this.#states.of(after), result };
  }

  #order(): HistoryOperation<I, Result>[] {
    return this.#stack.flatMap(({ operation, detour }) => (operation < 0 ? [] : [...detour, this.#known[operation]!]));
  }
}

const changedByReading = (invocation: Invocation): SynodError =>
  new SynodError('BAD_MODEL', `the model says that ${canonicalText(invocation)} is readOnly, but its step changed the state`);
