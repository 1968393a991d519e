import {
  colocated,
  type Group,
  group,
  memoryStorage,
  multiPaxos,
  type ReplicatedClient,
  type RunningNode,
  register,
  startNode,
  state,
} from '@synod/core';
import { fastPaxos } from '@synod/fast-paxos';
import { zmqTransport } from '@synod/transport-zmq';
import { filter, firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { farAway } from '../../examples/fast-paxos/src/far-away.js';
import { freePeers } from '../transport-zmq/support.js';

/** ms: much more than a busy machine takes over a message. */
const ONE_WAY = 40;
const TIMES = 9;

type Adder = Group<ReplicatedClient<number, number>>;

const adder = () => state({ initial: { total: 0 }, apply: (sum, add: number) => (sum.total += add), query: (sum) => sum.total });
const classic: Adder = group('classic', multiPaxos(), adder());
const fast: Adder = group('fast', fastPaxos(), adder());
const counts = group('counts', register<{ n: number }>());

/** Times of a call, least first. */
const times = async (call: () => Promise<unknown>): Promise<readonly number[]> => {
  const took: number[] = [];
  while (took.length < TIMES) {
    const begun = performance.now();
    await call();
    took.push(performance.now() - begun);
  }
  return took.sort((a, b) => a - b);
};

/** No call is answered sooner than its messages come, and of several one meets hardly anything else. */
const delays = ([least = 0]: readonly number[]): number => Math.round(least / ONE_WAY);
const median = (took: readonly number[]): number => took[TIMES >> 1] ?? 0;

describe(`over ZeroMQ's sockets, ${ONE_WAY} ms from node to node`, () => {
  let nodes: readonly RunningNode[];

  beforeAll(async () => {
    const peers = await freePeers();
    const ids = ['a', 'b', 'c'] as const;
    const start = (self: 'a' | 'b' | 'c') =>
      startNode(
        { self, cluster: colocated(ids) },
        zmqTransport({ bind: peers[self], peers }),
        memoryStorage(),
        farAway(ONE_WAY),
        classic,
        fast,
        counts,
      );
    nodes = await Promise.all(ids.map(start));
  });

  afterAll(() => Promise.all(nodes.map((node) => node.stop())));

  const leaderOf = ({ name }: Adder): RunningNode | undefined => nodes.find((node) => node.status().groups[name]?.phase === 'active');

  /** From a node that does not lead; once more if another came to lead meanwhile. */
  const commands = async (adder: Adder, ready: (leader: RunningNode) => Promise<unknown>): Promise<readonly number[]> => {
    for (;;) {
      await nodes[0]!.of(adder).submit(0);
      const leader = leaderOf(adder);
      if (leader === undefined) continue;
      await ready(leader);
      const other = nodes.find((node) => node !== leader)!.of(adder);
      // Opens its session.
      await other.submit(0);
      const took = await times(() => other.submit(1));
      if (leaderOf(adder) === leader) return took;
    }
  };

  test('a command from a node that does not lead takes four message delays by Multi-Paxos, and by Fast Paxos two', async () => {
    const opened = ({ status$ }: RunningNode) => firstValueFrom(status$.pipe(filter(({ groups }) => groups.fast?.fast === true)));
    const slow = await commands(classic, async () => {});
    const quick = await commands(fast, opened);
    expect([delays(slow), delays(quick)]).toEqual([4, 2]);
    expect(median(quick) / median(slow)).toBeLessThan(0.65);
  });

  test('a change of a register takes four message delays, and two once its proposer has made the last', async () => {
    const client = nodes[0]!.of(counts);
    const change = (key: string) => client.change(key, (count) => ({ n: (count?.n ?? 0) + 1 }));
    await change('any');
    let keys = 0;
    const cold = await times(() => change(`key ${keys++}`));
    const warm = await times(() => change('any'));
    expect([delays(cold), delays(warm)]).toEqual([4, 2]);
  });
});
