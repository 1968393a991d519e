import type { TraceEvent } from '../../../actor/effect.js';
import type { Coverage } from '../../../wiring/observer.js';
import { formatBallot } from '../../ballot.js';
import type { ChooseEvent, LeadEvent } from '../../trace-events.js';

/** One proposer preempts another. */
const duel: Coverage = { name: 'duel', watch: (seen) => ({ traces: ['preempted'], traced: () => seen() }) };

/** A proposer proposes what it found instead of what it wants. */
const voteAdopted: Coverage = {
  name: 'vote adopted',
  watch: (seen) => ({
    traces: ['lead'],
    traced: (_node: string, event: TraceEvent) => {
      if ((event as LeadEvent).adopted > 0) seen();
    },
  }),
};

/** What was chosen at one ballot is chosen again at another. */
const chosenAgain: Coverage = {
  name: 'chosen at another ballot',
  watch: (seen) => {
    const ballots = new Set<string>();
    return {
      traces: ['choose'],
      traced: (_node: string, event: TraceEvent) => {
        const before = ballots.size;
        ballots.add(formatBallot((event as ChooseEvent).ballot));
        if (before > 0 && ballots.size > before) seen();
      },
    };
  },
};

/** What histories of the Synod should contain. */
export const synodCoverage: readonly Coverage[] = [duel, voteAdopted, chosenAgain];
