import type { TraceEvent } from '../../../actor/effect.js';
import type { Entry } from '../../../replication/entry.js';
import { digestBytes } from '../../../transport/digest.js';
import type { Invariant, Observer, Operation, Report } from '../../../wiring/observer.js';
import type { ConsensusEvent } from '../../trace-events.js';

/**
 * Validity (Lamport, Paxos Made Simple, §2.1: only a value that has been proposed may be chosen; docs/protocols.md §11): what a
 * proposer proposes and a learner learns is, byte for byte, what some client wanted, and so is what clients are told.
 */
export const validity: Invariant = { name: 'Validity', watch: (report) => new Validity(report) };

class Validity implements Observer {
  readonly traces = ['request', 'propose', 'apply'];
  /** Digests of what clients' nodes were asked for. */
  readonly #wanted = new Set<number>();
  /** What clients wanted, as their operations tell it. */
  readonly #asked = new Set<string>();

  constructor(private readonly report: Report) {}

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event === 'request') this.#wanted.add(digestBytes(event.payload));
    else if (event.event === 'propose') for (const entry of event.entries) this.#check(node, 'proposes', entry);
    else if (event.event === 'apply') this.#check(node, 'learns', event.entry);
  }

  invoked({ arg }: Operation): void {
    if (arg !== undefined) this.#asked.add(JSON.stringify(arg));
  }

  answered({ id, outcome, result }: Operation): void {
    const told = JSON.stringify(result);
    if (outcome === 'done' && !this.#asked.has(told)) this.report(`${id} was told ${told}, which nobody proposed`);
  }

  #check(node: string, does: string, { payload }: Entry): void {
    if (!this.#wanted.has(digestBytes(payload))) this.report(`${node} ${does} a value of ${payload.length} bytes that nobody asked for`);
  }
}
