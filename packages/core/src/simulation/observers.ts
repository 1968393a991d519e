import type { RecoveredRole } from '../actor/actor.js';
import type { Address } from '../actor/address.js';
import type { TraceEvent } from '../actor/effect.js';
import type { Envelope } from '../actor/envelope.js';
import type { Applied, Crash, LogLevel, Observer, Operation, Restored, Sample } from '../wiring/observer.js';

type Having<Method extends keyof Observer> = readonly Required<Pick<Observer, Method>>[];

/** All observers as one. Each is asked only for what it watches, and told only of what it asked for. */
export class Observers implements Required<Omit<Observer, 'traces' | 'hears'>> {
  readonly #applied: Having<'applied'>;
  readonly #sampled: Having<'sampled'>;
  /** By the event's name, and by the message's kind. */
  readonly #traced = new Map<string, Having<'traced'>>();
  readonly #received = new Map<string, Having<'received'>>();

  constructor(private readonly observers: readonly Observer[]) {
    this.#applied = having(observers, 'applied');
    this.#sampled = having(observers, 'sampled');
  }

  /** Whether anybody wants samples. */
  get samples(): boolean {
    return this.#sampled.length > 0;
  }

  booted(node: string, life: number): void {
    for (const observer of this.observers) observer.booted?.(node, life);
  }

  crashed(node: string, how: Crash): void {
    for (const observer of this.observers) observer.crashed?.(node, how);
  }

  wiped(node: string): void {
    for (const observer of this.observers) observer.wiped?.(node);
  }

  applied(event: Applied): void {
    for (const observer of this.#applied) observer.applied(event);
  }

  restored(event: Restored): void {
    for (const observer of this.observers) observer.restored?.(event);
  }

  traced(node: string, event: TraceEvent): void {
    const name = event.event;
    let interested = this.#traced.get(name);
    if (interested === undefined) {
      interested = having(wanting(this.observers, 'traces', name), 'traced');
      this.#traced.set(name, interested);
    }
    for (const observer of interested) observer.traced(node, event);
  }

  recovered(actor: Address, recovered: RecoveredRole): void {
    for (const observer of this.observers) observer.recovered?.(actor, recovered);
  }

  received(envelope: Envelope): void {
    const { kind } = envelope.message;
    let interested = this.#received.get(kind);
    if (interested === undefined) {
      interested = having(wanting(this.observers, 'hears', kind), 'received');
      this.#received.set(kind, interested);
    }
    for (const observer of interested) observer.received(envelope);
  }

  logged(node: string, level: LogLevel, message: string): void {
    for (const observer of this.observers) observer.logged?.(node, level, message);
  }

  invoked(operation: Operation): void {
    for (const observer of this.observers) observer.invoked?.(operation);
  }

  answered(operation: Operation): void {
    for (const observer of this.observers) observer.answered?.(operation);
  }

  sampled(node: string, sample: Sample): void {
    for (const observer of this.#sampled) observer.sampled(node, sample);
  }

  converged(): void {
    for (const observer of this.observers) observer.converged?.();
  }
}

const having = <Method extends keyof Observer>(observers: readonly Observer[], method: Method): Having<Method> =>
  observers.filter((observer) => observer[method] !== undefined) as unknown as Having<Method>;

const wanting = (observers: readonly Observer[], list: 'traces' | 'hears', name: string): readonly Observer[] =>
  observers.filter((observer) => observer[list]?.includes(name) ?? true);
