import type { TraceEvent } from '@synod/core';
import type { Coverage } from '@synod/core/simulation';
import type { FastEvent } from '../events.js';

const counting = <Name extends FastEvent['event']>(
  name: string,
  event: Name,
  occurs: (event: Extract<FastEvent, { readonly event: Name }>) => boolean = () => true,
): Coverage => ({
  name,
  watch: (seen) => ({
    traces: [event],
    traced: (_node: string, traced: TraceEvent) => {
      if (occurs(traced as Extract<FastEvent, { readonly event: Name }>)) seen();
    },
  }),
});

/** What histories of Fast Paxos should contain, besides what those of Multi-Paxos should. */
export const fastPaxosCoverage: readonly Coverage[] = [
  counting('ballot opened', 'open'),
  counting('chosen at a fast step', 'fastChoose'),
  counting('collision, pick forced', 'collided', ({ forced }) => forced),
  counting('collision, pick free', 'collided', ({ forced }) => !forced),
  counting('loser proposed again', 'lost'),
  counting('fell back to classic', 'fallBack'),
  counting('acceptors recovered by themselves', 'recover'),
];
