import type { Invariant, Observer, Operation, Report } from '../../../wiring/observer.js';

/**
 * OneDecision (Lamport, Paxos Made Simple, §2.1: only a single value is chosen, and a process never learns that a value has been chosen
 * unless it actually has been): all clients that are told a value are told the same, whenever and wherever they ask.
 */
export const oneDecision: Invariant = { name: 'OneDecision', watch: (report) => new OneDecision(report) };

class OneDecision implements Observer {
  #first: Operation | undefined;

  constructor(private readonly report: Report) {}

  answered(operation: Operation): void {
    if (operation.outcome !== 'done') return;
    const first = (this.#first ??= operation);
    if (shown(operation) !== shown(first))
      this.report(`${first.id} was told ${shown(first)} on ${first.node}, ${operation.id} ${shown(operation)} on ${operation.node}`);
  }
}

const shown = ({ result }: Operation): string => JSON.stringify(result);
