import { colocated } from '@synod/core';
import type { MultiPaxosOptions } from '@synod/core/multi-paxos';
import type { FastOptions } from '@synod/fast-paxos';
import { fastPaxosLog } from '../../../packages/fast-paxos/src/log/protocol.js';
import { Transcript } from '../../core/consensus/transcript.js';

export const FIVE = ['A', 'B', 'C', 'D', 'E'];

/** Five nodes of which A leads; its ballot is open, everything is known everywhere, and each of `clients` has a session. */
export const opened = (
  clients: readonly string[] = ['A', 'B', 'C'],
  fast: Partial<FastOptions> = {},
  nodes = FIVE,
  options: Partial<MultiPaxosOptions> = {},
): Transcript => {
  const t = Transcript.led('A', clients, { topology: colocated(nodes), protocol: fastPaxosLog(fast), options }).live(200);
  t.traced.length = 0;
  return t;
};

/** What each node has executed since all had a session. */
export const executed = (t: Transcript, clients = 3): Record<string, readonly string[]> =>
  Object.fromEntries(FIVE.map((node) => [node, t.applied(node).slice(clients)]));

export const everywhere = (...commands: readonly string[]): Record<string, readonly string[]> =>
  Object.fromEntries(FIVE.map((node) => [node, commands]));

/** The slots that the coordinator settled after a collision, and whether one value was all that might be chosen. */
export const collisions = (t: Transcript): readonly unknown[] =>
  t.traced.filter(({ event }) => event === 'collided').map(({ slot, forced }) => ({ slot, forced }));

export const happened = (t: Transcript, event: string): boolean => t.traced.some((traced) => traced.event === event);
