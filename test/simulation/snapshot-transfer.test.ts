import { decorate } from '@synod/core';
import { between, type Invariant, type NetworkConditions, type NodeParts } from '@synod/core/simulation';
import { tap } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { type ClusterSetting, cluster } from './cluster.js';

/** Commands that make up the state, of so many bytes each: 4 MB, which travel in fragments of at most 256 KiB. */
const COMMANDS = 200;
const COMMAND_BYTES = 20_000;
const LEAST_FRAGMENTS = 16;

/** Of 1000 frames, so many are lost, as many doubled, and as many late; copies and stragglers come up to a second later. */
const lossy = (perMille: number): NetworkConditions => ({
  delay: between(1, 4),
  late: between(1, 1000),
  loss: perMille,
  duplication: perMille,
  reordering: perMille,
});

/** Node c is away while the state grows beyond what the others keep of their logs. */
const grown = (setting: ClusterSetting) => {
  /** The donors of the fragments that came to c, and what c executed itself instead. */
  const fragments: string[] = [];
  const executed = new Set<string>();
  const heard = ({ id }: NodeParts) =>
    id === 'c'
      ? [
          decorate('learner', (actor) => (mailbox$, context) => {
            const counted$ = mailbox$.pipe(
              tap(({ from, message }) => {
                if (message.kind === 'snapshotFragment') fragments.push(from.node);
              }),
            );
            return actor(counted$, context);
          }),
        ]
      : [];
  const watched: Invariant = {
    name: 'executed by c',
    watch: () => ({
      applied: ({ node, op }) => {
        if (node === 'c') executed.add(op);
      },
    }),
  };
  // Each command is a batch, and has a slot, of its own.
  const small = { snapshot: { slots: 100, bytes: 1 << 20 }, tail: 10, batchBytes: COMMAND_BYTES };
  const simulated = cluster({ settings: small, network: lossy(0), parts: heard, invariants: [watched], ...setting });
  const { world, clients, events, status, leaders } = simulated;
  const workload = clients({ clients: 0, deadline: 600_000 });
  world.boot();
  expect(world.runUntil(() => leaders().length === 1 && simulated.ids.every((id) => status(id).formed), 5000)).toBe(true);
  world.crash('c');
  /** Until the others have forgotten most of what made the state. */
  const grow = (): void => {
    for (let i = 0; i < COMMANDS; i++) workload.ask('a', { op: 'append', arg: `${i} ${'x'.repeat(COMMAND_BYTES)}` });
    const forgot = (id: string) => Number(status(id).truncatedBelow) > COMMANDS / 2;
    expect(world.runUntil(() => forgot('a') && forgot('b') && world.agrees(['a', 'b']), 5000)).toBe(true);
    expect(world.host('a').replica.count).toBeGreaterThanOrEqual(COMMANDS);
  };
  /** What c told of transfers: `snapshot transfer` or `snapshot installed`, and from whom. */
  const told = (name: string) => events.flatMap(({ event }) => (event.event === name ? [event] : []));
  const transfers = () => told('snapshot transfer').map(({ from }) => from);
  const installs = () => told('snapshot installed').map(({ from }) => from);
  /** Lets the transfer go on until about half of it is here; returns the donor. */
  const halfway = (): string => {
    expect(world.runUntil(() => fragments.length >= LEAST_FRAGMENTS / 2, 10_000, 1)).toBe(true);
    expect(installs()).toEqual([]);
    return fragments.at(-1) as string;
  };
  return { ...simulated, workload, grow, fragments, executed, told, transfers, installs, halfway };
};

describe('a node that was away longer than the others remember', () => {
  test.each([
    [0, 1000],
    [10, 5000],
    [50, 10_000],
  ])('takes over their state with %i of 1000 frames lost, as many doubled and as many late: within %i ms', (perMille, within) => {
    for (let seed = 1; seed <= 2; seed++) {
      const { world, grow, fragments, executed, installs } = grown({ seed });
      grow();
      world.network.conditions = lossy(perMille);
      world.restart('c');
      expect([seed, world.runUntil(() => world.agrees(), within)]).toEqual([seed, true]);
      expect(installs()).toHaveLength(1);
      expect(fragments.length).toBeGreaterThanOrEqual(LEAST_FRAGMENTS);
      expect([...executed]).toEqual([]);
      world.conclude();
    }
  });

  test('takes it over while the state goes on changing', () => {
    const { world, grow, workload, clients, installs } = grown({ seed: 1 });
    grow();
    world.network.conditions = lossy(10);
    world.restart('c');
    const load = clients({ think: between(0, 20) });
    expect(world.runUntil(() => installs().length > 0, 5000)).toBe(true);
    load.stop();
    expect(world.runUntil(() => load.pending === 0 && world.agrees(), 2000)).toBe(true);
    expect(load.count('done')).toBeGreaterThan(20);
    expect(world.host('c').replica.count).toBeGreaterThan(workload.count('done'));
    world.conclude();
  });

  test('keeps what it took over through a power cut in the next instant, or takes it over again', () => {
    for (let seed = 1; seed <= 2; seed++) {
      const { world, grow, installs } = grown({ seed });
      grow();
      world.restart('c');
      expect(world.runUntil(() => installs().length > 0, 5000, 1)).toBe(true);
      world.runFor(world.random.below(40));
      world.crash('c');
      world.runFor(10);
      world.restart('c');
      expect([seed, world.runUntil(() => world.agrees(), 5000)]).toEqual([seed, true]);
      world.conclude();
    }
  });

  test('turns to another node when the donor crashes in the middle: within 10 s', () => {
    for (let seed = 1; seed <= 2; seed++) {
      const { world, grow, halfway, transfers, installs } = grown({ seed });
      grow();
      world.network.conditions = lossy(10);
      world.restart('c');
      const donor = halfway();
      const other = donor === 'a' ? 'b' : 'a';
      world.crash(donor);
      expect([seed, world.runUntil(() => world.agrees([other, 'c']), 10_000)]).toEqual([seed, true]);
      expect([transfers(), installs()]).toEqual([[donor, other], [other]]);
      world.restart(donor);
      expect(world.runUntil(() => world.agrees(), 5000)).toBe(true);
      world.conclude();
    }
  });

  test('begins anew, and mixes nothing, when its only donor restarts in the middle with another state: within 10 s', () => {
    for (let seed = 1; seed <= 2; seed++) {
      const { world, grow, workload, halfway, told } = grown({ seed });
      grow();
      world.network.conditions = lossy(50);
      world.crash('b');
      world.restart('c');
      expect(halfway()).toBe('a');
      world.crash('a');
      world.restart('a');
      expect(world.runUntil(() => world.host('a').replica.count > 0, 1000)).toBe(true);
      for (let i = 0; i < 50; i++) workload.ask('a');
      expect([seed, world.runUntil(() => workload.pending === 0 && world.agrees(['a', 'c']), 10_000)]).toEqual([seed, true]);
      const [first, second] = told('snapshot transfer').map(({ next }) => Number(next)) as [number, number];
      expect(second).toBeGreaterThan(first);
      expect(told('snapshot installed').map(({ next }) => Number(next) >= second)).toEqual([true]);
      world.restart('b');
      expect(world.runUntil(() => world.agrees(), 5000)).toBe(true);
      world.conclude();
    }
  });
});

describe('a command that was executed while a node was away', () => {
  test('has its first result from that node too, once that has the snapshot, leads, and is asked again', () => {
    const { world, grow, workload, leaders, installs, executed } = grown({ seed: 1, others: ['x'] });
    workload.ask('x', { op: 'append', arg: 'the first' });
    expect(world.runUntil(() => workload.pending === 0, 5000)).toBe(true);
    // Of those that execute it, none can tell the client.
    for (const node of ['a', 'b']) world.network.cut(node, 'x');
    workload.ask('x', { op: 'append', arg: 'the retried' });
    expect(world.runUntil(() => world.host('a').replica.count === 2, 5000)).toBe(true);
    grow();
    world.network.conditions = lossy(10);
    world.restart('c');
    expect(world.runUntil(() => installs().length > 0, 5000)).toBe(true);
    while (leaders()[0] !== 'c') {
      const [leader] = leaders() as [string];
      world.crash(leader);
      expect(world.runUntil(() => leaders().length === 1, 10_000)).toBe(true);
      world.restart(leader);
      world.runFor(100);
    }
    expect(world.runUntil(() => workload.pending === 0, 5000)).toBe(true);
    expect(workload.operations[1]).toMatchObject({ arg: 'the retried', outcome: 'done', result: 1 });
    expect([...executed]).toEqual([]);
    expect(world.runUntil(() => world.agrees(['a', 'b', 'c']), 5000)).toBe(true);
    expect(world.host('c').replica.count).toBe(COMMANDS + 2);
  });
});
