import type { Coverage, Invariant } from '../../../wiring/observer.js';
import type { RegisterEvent } from '../events.js';
import { lineage } from './lineage.js';
import { oneProposal } from './one-proposal.js';

/** What must hold of every history of one group of registers (docs/protocols.md §11). */
export const registerInvariants = (): readonly Invariant[] => [lineage, oneProposal];

const onEvent = (name: string, event: RegisterEvent['event'], when: (event: RegisterEvent) => boolean = () => true): Coverage => ({
  name,
  watch: (seen) => ({
    traces: [event],
    traced: (_node, traced) => {
      if (when(traced as RegisterEvent)) seen();
    },
  }),
});

/** What histories of registers should contain. */
export const registerCoverage = (): readonly Coverage[] => [
  onEvent('next ballot promised with a vote', 'vote', (event) => event.event === 'vote' && event.next.round > 0),
  onEvent('proposer made to forget a key', 'fence'),
  onEvent('tombstone erased', 'erase'),
  onEvent('vote not admitted, or outdated', 'ignore'),
];
