import type { Ballot } from '../ballot.js';
import type { Settlement } from './messages.js';
import type { Operation } from './operation.js';

/** An operation that a proposer has in hand, for somebody who waits. */
export interface Task {
  readonly operation: Operation;
  /** On this node's clock. */
  readonly deadline: number;
  /** Every acceptor must vote for it, not just a quorum. */
  readonly unanimous: boolean;
  /** `ballot`: at which its state was chosen, if it was. */
  readonly settle: (settlement: Settlement, ballot?: Ballot) => void;
}
