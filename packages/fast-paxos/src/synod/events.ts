import type { TraceEvent } from '@synod/core';
import type { Ballot } from '@synod/core/consensus';

/** What Fast Paxos traces besides what all protocols of ballots do. */
export type FastSynodEvent = OpenEvent;

/** Of a coordinator: a phase-1 quorum has promised `ballot`, and acceptors may vote there for whatever is proposed. (Lamport, Fast Paxos §2.2) */
export interface OpenEvent extends TraceEvent {
  readonly event: 'open';
  readonly ballot: Ballot;
}
