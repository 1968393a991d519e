import type { TraceEvent } from '@synod/core';
import type { ChooseEvent, ProposeEvent, VoteEvent } from '@synod/core/consensus';
import { formatBallot } from '@synod/core/consensus';
import { type Coverage, digestOf } from '@synod/core/simulation';
import { SLOT } from '@synod/core/synod';

/** A value is chosen by a fast quorum, at the step of a proposer or at one where acceptors picked. */
const chosenFast: Coverage = {
  name: 'chosen at a fast step',
  watch: (seen) => ({
    traces: ['choose'],
    traced: (_node: string, event: TraceEvent) => {
      if (((event as ChooseEvent).ballot.step ?? 0) < 0) seen();
    },
  }),
};

/** Two values are voted for at one fast step. */
const collision: Coverage = {
  name: 'collision',
  watch: (seen) => {
    const values = new Map<string, number>();
    return {
      traces: ['vote'],
      traced: (_node: string, event: TraceEvent) => {
        const { ballot, entries } = event as VoteEvent;
        if ((ballot.step ?? 0) === 0) return;
        const value = digestOf(entries[SLOT] as (typeof entries)[number]);
        if ((values.get(formatBallot(ballot)) ?? value) !== value) seen();
        values.set(formatBallot(ballot), value);
      },
    };
  },
};

/** A coordinator opens a ballot, and then proposes at it by itself. */
const coordinated: Coverage = {
  name: 'coordinated recovery',
  watch: (seen) => {
    const opened = new Set<string>();
    return {
      traces: ['open', 'propose'],
      traced: (_node: string, event: TraceEvent) => {
        const ballot = formatBallot((event as ProposeEvent).ballot);
        if (event.event === 'open') opened.add(ballot);
        else if (opened.has(ballot)) seen();
      },
    };
  },
};

/** An acceptor picks, and votes again. */
const uncoordinated = (firstStep: number): Coverage => ({
  name: 'uncoordinated recovery',
  watch: (seen) => ({
    traces: ['vote'],
    traced: (_node: string, event: TraceEvent) => {
      const { step = 0 } = (event as VoteEvent).ballot;
      if (step < 0 && step > firstStep) seen();
    },
  }),
});

/** What histories should contain, with so many attempts of acceptors to recover by themselves. */
export const fastSynodCoverage = (attempts = 0): readonly Coverage[] => [
  chosenFast,
  collision,
  coordinated,
  ...(attempts === 0 ? [] : [uncoordinated(-1 - attempts)]),
];
