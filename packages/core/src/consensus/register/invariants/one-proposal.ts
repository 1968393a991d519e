import type { TraceEvent } from '../../../actor/effect.js';
import type { Invariant, Observer, Report } from '../../../wiring/observer.js';
import { formatBallot } from '../../ballot.js';
import type { ProposeEvent, RegisterEvent, VoteEvent } from '../events.js';
import { sameBytes } from '../state.js';

/**
 * OneValuePerBallot (Lamport, The Part-Time Parliament, §2.1; docs/protocols.md §11), for registers: at each ballot one state of a key
 * is proposed and voted for.
 */
export const oneProposal: Invariant = { name: 'OneValuePerBallot', watch: (report) => new OneProposal(report) };

class OneProposal implements Observer {
  readonly traces = ['propose', 'vote'];
  readonly #states = new Map<string, Uint8Array>();

  constructor(private readonly report: Report) {}

  traced(node: string, traced: TraceEvent): void {
    const { key, ballot, state } = traced as RegisterEvent as ProposeEvent | VoteEvent;
    const name = `${formatBallot(ballot)} ${key}`;
    const before = this.#states.get(name);
    if (before === undefined) this.#states.set(name, state.slice());
    else if (!sameBytes(before, state)) this.report(`${node}: a second state of ${JSON.stringify(key)} at ballot ${formatBallot(ballot)}`);
  }
}
