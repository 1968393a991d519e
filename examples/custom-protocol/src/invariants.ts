import type { TraceEvent } from '@synod/core';
import { compareBallots, formatBallot, NO_BALLOT, type Ballot as Tag } from '@synod/core/consensus';
import type { Coverage, Invariant, Observer, Report } from '@synod/core/simulation';

/** What the coordinators tell of their operations. */
type OperationEvent = TraceEvent &
  (
    | { readonly event: 'begin'; readonly operation: string; readonly writes: boolean }
    | { readonly event: 'end'; readonly operation: string; readonly tag: Tag }
  );

/**
 * TagOrder (Lynch, Distributed Algorithms, lemma 13.16): an operation that begins when another has ended has no lower tag, and a
 * higher one if it writes. With that, tags are the order that makes a history linearizable.
 */
export const tagOrder: Invariant = { name: 'TagOrder', watch: (report) => new TagOrder(report) };

class TagOrder implements Observer {
  readonly traces = ['begin', 'end'];
  /** The highest tag of an operation that has ended. */
  #ended: Tag = NO_BALLOT;
  /** Those that go on, and the highest tag when they began. */
  readonly #began = new Map<string, { readonly ended: Tag; readonly writes: boolean }>();

  constructor(private readonly report: Report) {}

  traced(node: string, traced: TraceEvent): void {
    const event = traced as OperationEvent;
    if (event.event === 'begin') {
      this.#began.set(event.operation, { ended: this.#ended, writes: event.writes });
      return;
    }
    const { operation, tag } = event;
    // One that is asked for again began before, and its tag is of then.
    const began = this.#began.get(operation);
    if (began !== undefined && compareBallots(tag, began.ended) < (began.writes ? 1 : 0))
      this.report(`${node} ends ${operation} at ${formatBallot(tag)}, which began when another had ended at ${formatBallot(began.ended)}`);
    this.#began.delete(operation);
    if (compareBallots(tag, this.#ended) > 0) this.#ended = tag;
  }
}

const counts = (name: string, event: string): Coverage => ({ name, watch: (seen) => ({ traces: [event], traced: () => seen() }) });

/** What histories should contain. */
export const atomicRegisterCoverage: readonly Coverage[] = [
  // A read that finds a value which no quorum may hold yet.
  counts('read written back', 'write back'),
  // An acceptor is given what is older than what it holds: two wrote at once, or a message was late.
  counts('write overtaken', 'overtaken'),
];
