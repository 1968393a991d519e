import type { RecoveredRole } from '../actor/actor.js';
import type { Address } from '../actor/address.js';
import type { TraceEvent } from '../actor/effect.js';
import type { Envelope } from '../actor/envelope.js';
import type { Applied, Crash, Observer, Operation, Restored } from '../wiring/observer.js';

/** All observers as one. */
export class Observers implements Required<Observer> {
  constructor(private readonly observers: readonly Observer[]) {}

  booted(node: string, life: number): void {
    for (const observer of this.observers) observer.booted?.(node, life);
  }

  crashed(node: string, how: Crash): void {
    for (const observer of this.observers) observer.crashed?.(node, how);
  }

  applied(event: Applied): void {
    for (const observer of this.observers) observer.applied?.(event);
  }

  restored(event: Restored): void {
    for (const observer of this.observers) observer.restored?.(event);
  }

  traced(node: string, event: TraceEvent): void {
    for (const observer of this.observers) observer.traced?.(node, event);
  }

  recovered(actor: Address, recovered: RecoveredRole): void {
    for (const observer of this.observers) observer.recovered?.(actor, recovered);
  }

  received(envelope: Envelope): void {
    for (const observer of this.observers) observer.received?.(envelope);
  }

  invoked(operation: Operation): void {
    for (const observer of this.observers) observer.invoked?.(operation);
  }

  answered(operation: Operation): void {
    for (const observer of this.observers) observer.answered?.(operation);
  }

  converged(): void {
    for (const observer of this.observers) observer.converged?.();
  }
}
