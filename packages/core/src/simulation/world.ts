import { StorageError, SynodError } from '../errors.js';
import type { Crash, Invariant } from '../wiring/observer.js';
import { colocated, type Topology } from '../wiring/topology.js';
import type { Clients } from './clients.js';
import { between } from './delay.js';
import { type DiskLatency, quickDisk, SimulatedDisk } from './disk.js';
import { Host, type NodeFactory } from './host.js';
import { calm, type NetworkConditions, SimulatedNetwork } from './network.js';
import { Observers } from './observers.js';
import { SeededRandom } from './seeded-random.js';
import { Trace } from './trace.js';
import { VirtualScheduler } from './virtual-scheduler.js';

/** Between two looks at what nodes show of themselves, ms. */
const SAMPLE_EVERY = 500;

export interface WorldOptions {
  /** A non-negative integer below 2^53: all chance in this world comes from it. */
  readonly seed: number;
  /** The machines, in order. Each gets one node, made by `create`. */
  readonly nodes: readonly string[];
  readonly create: NodeFactory;
  /** Who plays which role; all machines all roles unless said. The rest are the cluster's clients. */
  readonly cluster?: Topology;
  /** `calm` unless said. */
  readonly network?: NetworkConditions;
  /** `quickDisk` unless said. */
  readonly disk?: DiskLatency;
  readonly invariants?: readonly Invariant[];
  /** Whether the cluster outlives it if these machines lose their disks for good; if fewer than half of the acceptors do, unless said. */
  readonly mayLose?: (lost: ReadonlySet<string>) => boolean;
  /** A history of more events is given up; no bound unless said. */
  readonly mostEvents?: number;
}

/** How long a node is down that failed, ms. */
const RESTART = between(20, 1000);

/** A history that must not be. `code` is the name of the invariant. */
export class InvariantViolation extends SynodError {
  override readonly name = 'InvariantViolation';
}

/** A history was given up before its end: nothing is known of it. */
export class HistoryTooLong extends SynodError {
  override readonly name = 'HistoryTooLong';

  constructor(events: number, at: number) {
    super('HISTORY_TOO_LONG', `given up after ${events} events, at ${at} ms; it may have gone on for ever`);
  }
}

/**
 * Machines, the network between them, and the time they live in. Nothing happens in it that its seed does not decide: the same
 * options give the same history, told by the same `trace.hash`, on every machine.
 */
export class World {
  readonly scheduler = new VirtualScheduler();
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly network: SimulatedNetwork;
  readonly observers: Observers;
  readonly hosts: ReadonlyMap<string, Host>;
  /** Whoever asks something of the nodes. */
  readonly clients: Clients[] = [];
  readonly cluster: Topology;
  /** How often a node failed, or refused to start, because of a fault of its disk, by the code of its error. */
  readonly failures: Record<string, number> = {};
  readonly #wiped = new Set<string>();
  readonly #restarts: SeededRandom;
  #violation: InvariantViolation | undefined;
  #sampling = false;

  constructor(readonly options: WorldOptions) {
    const { seed, nodes, create } = options;
    this.random = new SeededRandom(seed);
    this.#restarts = this.random.split('restarts');
    this.cluster = options.cluster ?? colocated(nodes);
    this.trace = new Trace(this.scheduler);
    this.network = new SimulatedNetwork(this.scheduler, this.random.split('network'), this.trace, options.network ?? calm);
    this.observers = new Observers((options.invariants ?? []).map((one) => one.watch((violation) => this.report(one.name, violation))));
    this.hosts = new Map(
      nodes.map((id) => {
        const random = this.random.split(`node ${id}`);
        const disk = new SimulatedDisk(id, random.split('disk'), this.trace, options.disk ?? quickDisk);
        const failed = (error: Error): void => this.#failed(id, error);
        return [id, new Host(id, disk, create, this.scheduler, this.network, random, this.observers, this.trace, failed)];
      }),
    );
  }

  /** ms since it began. */
  now(): number {
    return this.scheduler.now();
  }

  host(id: string): Host {
    const host = this.hosts.get(id);
    if (host === undefined) throw new Error(`no machine ${JSON.stringify(id)}; there are ${[...this.hosts.keys()].join(', ')}`);
    return host;
  }

  /** Machines whose disk was lost: they have no vote any more. */
  get wiped(): ReadonlySet<string> {
    return this.#wiped;
  }

  /** The nodes that run now, paused ones too. */
  get up(): readonly string[] {
    return [...this.hosts.values()].filter((host) => host.up).map(({ id }) => id);
  }

  /** Whether the cluster outlives it if the disk of this machine is lost too. */
  mayWipe(id: string): boolean {
    const lost = new Set([...this.#wiped, id]);
    const acceptors = this.cluster.playing('acceptor');
    const { mayLose = (all) => acceptors.filter((node) => all.has(node)).length < acceptors.length / 2 } = this.options;
    return mayLose(lost);
  }

  /** The machines of the cluster itself. */
  get members(): readonly string[] {
    return this.cluster.nodes;
  }

  /** Boots all machines. */
  boot(): void {
    for (const host of this.hosts.values()) host.boot();
    if (this.observers.samples && !this.#sampling) this.#sample();
  }

  /** The node of a machine dies; by a power cut unless said, which takes what its disk had not synced. */
  crash(id: string, how: Crash = 'power cut'): void {
    this.host(id).crash(how);
  }

  restart(id: string): void {
    this.host(id).boot();
  }

  /** Boots a machine after a while, as whoever watches over it would. */
  restartSoon(id: string): void {
    this.scheduler.schedule(() => this.restart(id), RESTART(this.#restarts));
  }

  /** The disk of a machine is replaced by an empty one. Its node comes back without a memory, and must not vote again. */
  wipe(id: string): void {
    const { disk } = this.host(id);
    this.crash(id);
    disk.wipe();
    this.#wiped.add(id);
    this.trace.record('wipe', id);
    this.observers.wiped(id);
  }

  pause(id: string, ms: number): void {
    this.host(id).pause(ms);
  }

  /** Ends the run that is going on: this history violates `invariant`. The first violation is the one that counts. */
  report(invariant: string, violation: string): void {
    this.#violation ??= new InvariantViolation(
      invariant,
      `${invariant} does not hold: ${violation} (seed ${this.options.seed}, at ${this.now()} ms)`,
    );
    this.scheduler.stop();
  }

  /** Lets `ms` pass. Throws `InvariantViolation` at the first violation, and `HistoryTooLong` after `mostEvents`. */
  runFor(ms: number): void {
    const { mostEvents = Number.POSITIVE_INFINITY } = this.options;
    this.scheduler.runUntil(this.now() + ms, mostEvents - this.scheduler.executed);
    this.#check();
    if (this.scheduler.executed >= mostEvents) throw new HistoryTooLong(mostEvents, this.now());
  }

  /** Lets time pass until `reached`, asked every `every` ms, but not more than `within` ms. False if it was never reached. */
  runUntil(reached: () => boolean, within: number, every = 10): boolean {
    const end = this.now() + within;
    while (!reached()) {
      if (this.now() >= end) return false;
      this.runFor(every);
    }
    return true;
  }

  /** Ends all faults but those of disks: links are mended, the network is `calm` unless said, dead nodes boot. A pause ends in its own time. */
  heal(conditions: NetworkConditions = calm): void {
    this.network.heal();
    this.network.conditions = conditions;
    this.boot();
  }

  /** Whether all of `nodes` run, and those that execute have executed equally much and hold the same state. All nodes unless said. */
  agrees(nodes: readonly string[] = this.options.nodes): boolean {
    const hosts = nodes.map((id) => this.host(id));
    if (!hosts.every(({ running }) => running)) return false;
    const [first, ...others] = hosts.filter(({ applied }) => applied !== undefined);
    // Where nobody executes a log there is nothing to compare.
    if (first === undefined) return true;
    if (others.some(({ applied }) => applied !== first.applied)) return false;
    const digest = first.stateDigest();
    return others.every((other) => other.stateDigest() === digest);
  }

  /** Tells the invariants that the end is reached and nothing is missing. Throws `InvariantViolation`. */
  conclude(): void {
    this.observers.converged();
    this.#check();
  }

  #sample(): void {
    this.#sampling = true;
    for (const { id, node } of this.hosts.values()) if (node !== undefined) this.observers.sampled(id, node.status());
    this.scheduler.schedule(() => this.#sample(), SAMPLE_EVERY);
  }

  /** A node that blames its disk with good reason did what it should, and is started again. */
  #failed(id: string, error: Error): void {
    if (!(error instanceof StorageError) || !this.host(id).disk.atFault) {
      this.report('NoFailure', `node ${id} failed: ${error.stack ?? error.message}`);
      return;
    }
    this.failures[error.code] = (this.failures[error.code] ?? 0) + 1;
    this.restartSoon(id);
  }

  #check(): void {
    if (this.#violation !== undefined) throw this.#violation;
  }
}
