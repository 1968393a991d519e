import { colocated, createNode, type Group, group, multiPaxos, type ReplicatedClient, state, type Topology, topology } from '@synod/core';
import { always, calm, type Host, quickDisk, simulated, World } from '@synod/core/simulation';
import { fastPaxos } from '@synod/fast-paxos';
import { logStorage } from '@synod/storage-file/log';
import { describe, expect, test } from 'vitest';

const ONE_WAY = 5;
const CALLS = 40;
/** The disk takes no time: what is counted is messages. */
const disk = { ...quickDisk, sync: always(0) };

type Adder = Group<ReplicatedClient<number, number>>;

const PROTOCOLS = { 'multi-paxos': multiPaxos, 'fast-paxos': fastPaxos };

/** A cluster that has had a leader for a while. */
const led = (protocol: keyof typeof PROTOCOLS, placed: Topology, from?: string) => {
  const sum = { total: 0 };
  const adder = group(
    'adder',
    PROTOCOLS[protocol](),
    state({ initial: sum, apply: (sum, add: number) => (sum.total += add), query: ({ total }) => total }),
  ) as Adder;
  const nodes = from === undefined || placed.nodes.includes(from) ? placed.nodes : [...placed.nodes, from];
  const world: World = new World({
    seed: 1,
    nodes,
    cluster: placed,
    network: { ...calm, delay: always(ONE_WAY) },
    disk,
    create: (parts) =>
      createNode({ self: parts.id, cluster: placed }, simulated(parts), logStorage({ disk: parts.disk, segmentBytes: 65_536 }), adder),
  });
  world.boot();
  const status = ({ node }: Host): Readonly<Record<string, unknown>> => node?.status().groups.adder ?? {};
  const leads = () => [...world.hosts.values()].find((host) => status(host).phase === 'active');
  expect(world.runUntil(() => leads() !== undefined, 10_000)).toBe(true);
  world.runFor(2000);
  return { world, adder, leader: leads()?.id };
};

type Led = ReturnType<typeof led>;

/** ms that each of `CALLS` commands takes, one after another, at a node. The first, which opens a session, is not counted. */
const begin = ({ world, adder }: Led, node: string): readonly number[] => {
  const client = world.host(node).node!.of(adder);
  const took: number[] = [];
  const call = (left: number): void => {
    if (left === 0) return;
    const begun = world.now();
    client.submit$(1).subscribe({
      next: () => {
        if (left <= CALLS) took.push(world.now() - begun);
        call(left - 1);
      },
      error: (error) => {
        throw error;
      },
    });
  };
  call(CALLS + 1);
  return took;
};

const latencies = (protocol: keyof typeof PROTOCOLS, placed: Topology, from?: string): readonly number[] => {
  const cluster = led(protocol, placed, from);
  const node = from ?? (placed.nodes.find((one) => one !== cluster.leader && placed.playing('proposer').includes(one)) as string);
  const took = begin(cluster, node);
  cluster.world.runFor(60 * CALLS);
  expect(took).toHaveLength(CALLS);
  return took;
};

const median = (of: readonly number[]): number => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] as number;

describe(`with ${ONE_WAY} ms from node to node, a command from a node that does not lead`, () => {
  test.each([
    ['three nodes', colocated(['a', 'b', 'c'])],
    ['five nodes', colocated(['a', 'b', 'c', 'd', 'e'])],
  ] as const)('takes four message delays in Multi-Paxos and two in Fast Paxos, on %s', (_, placed) => {
    const classic = median(latencies('multi-paxos', placed));
    const fast = median(latencies('fast-paxos', placed));
    expect(Math.round(classic / ONE_WAY)).toBe(4);
    expect(Math.round(fast / ONE_WAY)).toBe(2);
    expect(fast / classic).toBeLessThanOrEqual(0.55);
  });

  test('takes three in Fast Paxos where it comes from outside: a learner tells the outcome', () => {
    const placed = colocated(['a', 'b', 'c']);
    expect(Math.round(median(latencies('fast-paxos', placed, 'outside')) / ONE_WAY)).toBe(3);
  });

  test('takes two where acceptors, leaders and learners are on different nodes, and a learner is at the proposer', () => {
    const placed = topology({
      a: ['acceptor'],
      b: ['acceptor'],
      c: ['acceptor'],
      l: ['leader', 'learner'],
      p: ['proposer', 'learner'],
    });
    expect(Math.round(median(latencies('fast-paxos', placed, 'p')) / ONE_WAY)).toBe(2);
  });

  test('waits for no timer when two propose at the same moment, again and again, and when that closes the ballot', () => {
    const cluster = led('fast-paxos', colocated(['a', 'b', 'c']));
    const [one, other] = ['a', 'b', 'c'].filter((node) => node !== cluster.leader).map((node) => begin(cluster, node));
    cluster.world.runFor(60 * CALLS);
    expect([one, other]).toEqual([expect.objectContaining({ length: CALLS }), expect.objectContaining({ length: CALLS })]);
    // Propose, vote, Accept, accepted, the commit index, and a slot of the other's before it.
    expect(Math.round(Math.max(...(one as number[]), ...(other as number[])) / ONE_WAY)).toBeLessThanOrEqual(7);
  });
});
