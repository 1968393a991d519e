import type { ContainerModule } from 'inversify';
import type { TracedEvent } from '../actor/tracer.js';
import { createNode } from '../node/create-node.js';
import type { Node } from '../node/node.js';
import type { Phrasebook } from '../tracing/phrases.js';
import type { Group } from '../wiring/group.js';
import type { Coverage, Invariant, Operation } from '../wiring/observer.js';
import type { Topology } from '../wiring/topology.js';
import { Clients } from './clients.js';
import { between, type Delay } from './delay.js';
import { type DiskLatency, quickDisk } from './disk.js';
import type { Fault } from './faults/fault.js';
import type { NodeParts } from './host.js';
import { describeDifferences, describeProgress } from './invariants/eventual-progress.js';
import { checkLinearizability } from './linearizability/check.js';
import type { Model } from './linearizability/model.js';
import { Nemesis, type PlannedFault, planFaults } from './nemesis.js';
import { calm, type NetworkConditions } from './network.js';
import { historyOf } from './operation-history.js';
import { overhear, simulated, watched } from './parts.js';
import { SeededRandom } from './seeded-random.js';
import type { Workload } from './workload.js';
import { HistoryTooLong, InvariantViolation, World } from './world.js';

/** What is put through a simulated history, and what must hold of it: the same for every seed. */
export interface Subject<Client> {
  readonly topology: Topology;
  /** The group as one life of a node runs it. */
  readonly group: (life: NodeParts) => Group<Client>;
  /** The storage of one life of a node: over `life.disk`, if it is to survive a crash. */
  readonly storage: (life: NodeParts) => ContainerModule;
  readonly workload: Workload<Client>;
  /** How a transcript says what the protocol's actors say to each other. */
  readonly phrasebook?: Phrasebook;
  readonly invariants: readonly Invariant[];
  /** Whether the cluster outlives it if these nodes lose their disks for good; if fewer than half of the acceptors do, unless said. */
  readonly mayLose?: (lost: ReadonlySet<string>) => boolean;
  readonly coverage?: readonly Coverage[];
  /** Nodes outside the topology, through which clients ask too. */
  readonly clientNodes?: readonly string[];
  /** What the history of all operations is judged by at the end: whether it is linearizable. */
  readonly model?: Model<unknown>;
}

/** How much a history has that says nothing of it. */
export const HISTORY_DEFAULTS = { duration: 10_000, clients: 4, recovery: 20_000 } satisfies Partial<History>;

/** One history: a seed, and what happens in it. */
export interface History {
  /** A non-negative integer below 2^53. */
  readonly seed: number;
  /** ms of load and faults; 10,000 unless said. */
  readonly duration?: number;
  /** How many clients; 4 unless said. */
  readonly clients?: number;
  /** What may go wrong; nothing unless said. */
  readonly faults?: readonly Fault[];
  /** What does go wrong; drawn from the seed unless said. It names only what `faults` hold. */
  readonly plan?: readonly PlannedFault[];
  /** How the network is while faults happen; `calm` unless said. */
  readonly network?: NetworkConditions;
  readonly disk?: DiskLatency;
  /** What a client does between an answer and its next operation; 0 to 50 ms unless said. */
  readonly think?: Delay;
  /** How long after the faults all nodes must agree and answer, ms; 20,000 unless said. */
  readonly recovery?: number;
}

export type SimulationOptions<Client> = Subject<Client> & History;

export type Verdict =
  | { readonly verdict: 'passed' }
  /** `what`: in words. `at` in ms. */
  | { readonly verdict: 'violated'; readonly invariant: string; readonly what: string; readonly at: number }
  | { readonly verdict: 'undecided'; readonly why: string };

/** What became of a history. */
export interface Run {
  readonly seed: number;
  readonly verdict: Verdict;
  /** The same for the same seed and options, on every machine. */
  readonly hash: string;
  /** Virtual time at its end, ms. */
  readonly time: number;
  readonly plan: readonly PlannedFault[];
  /** Messages that actors took from their mailboxes. */
  readonly delivered: number;
  /** Frames that came to a node. */
  readonly frames: number;
  /** Events of the trace. */
  readonly events: number;
  readonly operations: readonly Operation[];
  /** How often each fault began. */
  readonly faults: Readonly<Record<string, number>>;
  /** How often nodes refused to go on because of their disks, by the code of the error. */
  readonly refusals: Readonly<Record<string, number>>;
  /** How often each kind of thing was seen. */
  readonly coverage: Readonly<Record<string, number>>;
}

/** Events that a history may have for each node, client and second before it is given up: some fifty times as many as it does have. */
const MOST_EVENTS = 10_000;

/** Between the end of the faults and that of the load, ms: what comes back must come back under load. */
const LOAD_IN_PEACE = 2500;

/**
 * Lets a cluster of real nodes live through one history: `duration` ms of load and faults, then peace, in which all nodes must
 * agree, and answer, within `recovery` ms. Every invariant is checked as it goes. The seed decides everything. `listen` is told
 * every event, down to single messages; the history goes the same way without.
 */
export const simulate = <Client>(options: SimulationOptions<Client>, listen?: (event: TracedEvent) => void): Run => {
  const { seed, duration, faults = [], plan = drawnPlan(seed, duration, faults) } = { ...HISTORY_DEFAULTS, ...options };
  const coverage: Record<string, number> = {};
  const { world, clients } = compose(options, coverage);
  world.trace.sink = listen;
  let nemesis: Nemesis | undefined;
  const verdict = judged(() => {
    world.boot();
    nemesis = new Nemesis(world, faults, plan);
    world.runFor(duration);
    nemesis.stop();
    world.heal();
    world.runFor(LOAD_IN_PEACE);
    clients.stop();
    comesBack(world, clients, options);
    world.conclude();
    return options.model && judge(clients.operations, options.model, seed);
  }, world);
  return {
    seed,
    verdict,
    plan,
    hash: world.trace.hash,
    time: world.now(),
    delivered: [...world.hosts.values()].reduce((sum, { handled }) => sum + handled, 0),
    frames: world.network.counts.delivered,
    events: world.trace.events,
    operations: clients.operations,
    faults: nemesis?.counts ?? {},
    refusals: world.failures,
    coverage,
  };
};

const drawnPlan = (seed: number, duration: number, faults: readonly Fault[]): readonly PlannedFault[] =>
  planFaults(new SeededRandom(seed).split('plan'), { faults, duration, pause: between(20, 1000), lasts: between(20, 2500) });

/** The world with its nodes, its observers and its clients. Nothing has happened in it. */
const compose = <Client>(options: SimulationOptions<Client>, coverage: Record<string, number>) => {
  const { seed, topology, group: groupOf, storage, invariants, clientNodes = [], faults = [], network = calm, disk = quickDisk } = options;
  const { clients: count, think = between(0, 50), workload, duration, recovery } = { ...HISTORY_DEFAULTS, ...options };
  const counted = (options.coverage ?? []).map(({ watch, ...kind }): Invariant => {
    const { name } = kind;
    coverage[name] = 0;
    const seen = (): void => {
      coverage[name] = (coverage[name] as number) + 1;
    };
    return { ...kind, watch: () => watch(seen) };
  });
  const observing = [...invariants, ...counted];
  const groups = new WeakMap<Node, Group<Client>>();
  const create = (life: NodeParts): Node => {
    const group = watched(life, groupOf(life));
    const looking = [...overhear(life, observing), ...faults.flatMap(({ parts }) => parts?.(life) ?? [])];
    const node = createNode({ self: life.id, cluster: topology }, simulated(life), storage(life), ...looking, group);
    groups.set(node, group);
    return node;
  };
  const nodes = [...topology.nodes, ...clientNodes];
  const mostEvents = MOST_EVENTS * (nodes.length + count) * ((duration + LOAD_IN_PEACE + recovery) / 1000);
  const { mayLose } = options;
  const world = new World({
    ...{ seed, nodes, create, cluster: topology, network, disk, invariants: observing, mostEvents },
    ...(mayLose && { mayLose }),
  });
  const of = ({ node }: { readonly node: Node | undefined }): Client => (node as Node).of(groups.get(node as Node) as Group<Client>);
  return { world, clients: new Clients(world, { workload, clients: count, nodes, of, think }) };
};

/** What a node was not asked for, or asked for in vain. */
const ASKED_AGAIN: readonly (Operation['outcome'] | undefined)[] = [undefined, 'unknown', 'refused'];

/**
 * EventualProgress (protocols.md §11): once the faults are over, every node answers, and all agree, within the time stated. Who is
 * told of a node that something is unknown or refused asks it again; a node that its disk has just stopped is asked when it is back.
 */
const comesBack = <Client>(world: World, clients: Clients<Client>, options: SimulationOptions<Client>): void => {
  const { topology, recovery } = { ...HISTORY_DEFAULTS, ...options };
  const probes = new Map<string, string>();
  const answers = (): readonly Operation[] => clients.operations.filter(({ node, id }) => probes.get(node) === id);
  const settled = world.runUntil(() => {
    const told = new Map(answers().map(({ node, outcome }) => [node, outcome]));
    const toAsk = topology.nodes.filter((node) => ASKED_AGAIN.includes(told.get(node)));
    for (const node of toAsk) if (world.host(node).up) probes.set(node, clients.ask(node));
    return toAsk.length === 0 && clients.pending === 0 && world.agrees(topology.nodes);
  }, recovery);
  if (settled) return;
  const nodes = describeProgress(world.hosts.values());
  const asked = answers().map(({ node, outcome, reason }) => `${node} answered: ${outcome}${reason === undefined ? '' : `, ${reason}`}`);
  const whole = [`no service within ${recovery} ms after the faults`, ...asked, ...nodes, ...describeDifferences(world.hosts.values())];
  world.report('EventualProgress', whole.join('\n  '));
  world.runFor(0);
};

const judged = (live: () => Verdict | undefined, world: World): Verdict => {
  try {
    return live() ?? { verdict: 'passed' };
  } catch (error) {
    if (error instanceof HistoryTooLong) return { verdict: 'undecided', why: error.message };
    if (!(error instanceof InvariantViolation)) throw error;
    return { verdict: 'violated', invariant: error.code, what: error.message, at: world.now() };
  }
};

/** Linearizable (Herlihy and Wing, 1990; docs/protocols.md §11): the history has a legal order. */
const judge = (operations: readonly Operation[], model: Model<unknown>, seed: number): Verdict => {
  const found = checkLinearizability(historyOf(operations), model);
  if (found.outcome === 'linearizable') return { verdict: 'passed' };
  const what = `Linearizable: ${found.explanation} (seed ${seed})`;
  return found.outcome === 'undecided'
    ? { verdict: 'undecided', why: what }
    : { verdict: 'violated', invariant: 'Linearizable', what, at: operations.at(-1)?.answeredAt ?? 0 };
};
