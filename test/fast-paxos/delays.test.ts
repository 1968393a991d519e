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

/** ms of virtual time that each of a few commands takes, one after another, at a node that does not lead. */
const latencies = (protocol: keyof typeof PROTOCOLS, placed: Topology, from?: string): readonly number[] => {
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
  const proposer = from ?? (nodes.find((node) => node !== leads()?.id && placed.playing('proposer').includes(node)) as string);
  const client = world.host(proposer).node!.of(adder);
  const took: number[] = [];
  const call = (left: number): void => {
    if (left === 0) return;
    const begun = world.now();
    client.submit$(1).subscribe({
      next: () => {
        took.push(world.now() - begun);
        call(left - 1);
      },
      error: (error) => {
        throw error;
      },
    });
  };
  // The first opens a session.
  call(CALLS + 1);
  world.runFor(60 * CALLS);
  expect(took).toHaveLength(CALLS + 1);
  return took.slice(1);
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
});
