import { Subject, Subscription } from 'rxjs';
import type { RecoveredRole } from '../actor/actor.js';
import type { Address } from '../actor/address.js';
import type { Envelope } from '../actor/envelope.js';
import { isMessageEvent, type Tracing } from '../actor/tracer.js';
import { errorFrom } from '../errors.js';
import type { Node } from '../node/node.js';
import type { StateMachine } from '../replication/state-machine.js';
import type { Disk } from '../storage/disk.js';
import { digestBytes, digestText, extendDigest } from '../transport/digest.js';
import type { Transport } from '../transport/transport.js';
import type { Crash, LogLevel, Observer } from '../wiring/observer.js';
import type { WallClock } from '../wiring/tokens.js';
import type { SimulatedDisk } from './disk.js';
import { MachineClock, TRUE_RATE } from './machine-clock.js';
import type { SimulatedNetwork } from './network.js';
import type { Observers } from './observers.js';
import type { ReplicaRecorder } from './recording-machine.js';
import type { SeededRandom } from './seeded-random.js';
import type { Trace } from './trace.js';
import type { ChildScheduler, VirtualScheduler } from './virtual-scheduler.js';

/** What one life of a node is made of. Only the disk's contents outlive it. */
export interface NodeParts {
  readonly id: string;
  /** Counted from 1. */
  readonly life: number;
  readonly scheduler: ChildScheduler;
  readonly random: SeededRandom;
  readonly wallClock: WallClock;
  readonly transport: Transport;
  readonly disk: Disk;
  /** `messages` if anybody listens to the world, else `rules`: invariants need those. */
  readonly tracing: Tracing;
  /** For the state machine to tell what it does. */
  readonly recorder: ReplicaRecorder;
  /** Makes this state machine, which it returns, the one whose state is compared with that of other replicas. */
  watch<Machine extends Snapshotting>(machine: Machine): Machine;
  /** For parts to tell what actors of this node begin with, what they hear, and what it says to its operator. */
  readonly observer: Pick<Required<Observer>, 'recovered' | 'received' | 'logged'>;
}

/** What can be compared: replicas that executed the same must give the same bytes, in the same pieces. */
export type Snapshotting = Pick<StateMachine, 'snapshot'>;

/** Makes a node of its parts and does not start it. */
export type NodeFactory = (parts: NodeParts) => Node;

interface Life {
  readonly node: Node;
  readonly scheduler: ChildScheduler;
  readonly subscriptions: Subscription;
}

/** What a replica holds. */
export interface ReplicaState {
  readonly count: number;
  readonly digest: number;
}

const EMPTY_STATE: ReplicaState = { count: 0, digest: 0 };

/** 2024-01-01, when simulations begin. */
const EPOCH = 1_704_067_200_000;

/** A machine on which one node lives again and again: its disk, its clock, its place in the network. */
export class Host {
  /** How far this machine's clock is off, ms. Setting it is a clock jump. */
  clockOffset: number;
  /** What the replica on this machine holds in its present life. */
  replica = EMPTY_STATE;
  #machine: Snapshotting | undefined;
  /** Messages that actors took from their mailboxes in lives that ended. */
  #handled = 0;
  readonly #ended = new Subject<void>();
  readonly #clock: MachineClock;
  /** Who wants the clock at which rate. The last one has it. */
  #rates: readonly { readonly rate: number }[] = [];
  #lives = 0;
  #life: Life | undefined;

  constructor(
    readonly id: string,
    readonly disk: SimulatedDisk,
    private readonly create: NodeFactory,
    private readonly scheduler: VirtualScheduler,
    private readonly network: SimulatedNetwork,
    private readonly random: SeededRandom,
    private readonly observers: Observers,
    private readonly trace: Trace,
    private readonly failed: (error: Error) => void,
  ) {
    this.clockOffset = random.between(-2000, 2000);
    this.#clock = new MachineClock(scheduler);
  }

  get up(): boolean {
    return this.#life !== undefined;
  }

  get paused(): boolean {
    return this.#life?.scheduler.paused === true;
  }

  /** The node that lives here now. */
  get node(): Node | undefined {
    return this.#life?.node;
  }

  /** Messages that actors on this machine took from their mailboxes, in all lives. */
  get handled(): number {
    return this.#handled + (this.node?.status().handled ?? 0);
  }

  /** Whether the node has come through its start. */
  get running(): boolean {
    return this.node?.status().state === 'running';
  }

  /** How far the node has executed the log of its group; undefined if it plays no such role. */
  get applied(): number | undefined {
    const [group] = Object.values(this.node?.status().groups ?? {});
    return group?.applied;
  }

  /** A digest of the state that is watched here. */
  stateDigest(): number {
    let digest = 0;
    for (const piece of this.#machine?.snapshot() ?? []) digest = extendDigest(digest, digestBytes(piece));
    return digest;
  }

  /** The present life ended, by a crash or a failure. */
  readonly ended$ = this.#ended.asObservable();

  /** Begins a life, if none goes on. */
  boot(): void {
    if (this.#life !== undefined) return;
    const life = ++this.#lives;
    const { id, observers } = this;
    const random = this.random.split(`life ${life}`);
    const scheduler = this.scheduler.child(random.below(1_000_000), this.#clock);
    this.trace.record('boot', id, undefined, undefined, { life });
    this.replica = EMPTY_STATE;
    this.#machine = undefined;
    observers.booted(id, life);
    const node = this.create({
      id,
      life,
      scheduler,
      random,
      wallClock: { now: () => EPOCH + Math.floor(this.#clock.micros / 1000) + this.clockOffset },
      transport: this.network.transport(id, scheduler),
      disk: this.disk.mount(scheduler),
      tracing: this.trace.sink === undefined ? 'rules' : 'messages',
      recorder: this.#recorder(life, scheduler),
      watch: (machine) => {
        this.#machine = machine;
        return machine;
      },
      observer: this.#observer(scheduler),
    });
    const subscriptions = new Subscription();
    this.#life = { node, scheduler, subscriptions };
    const fail = (error: unknown): void => this.#fail(scheduler, errorFrom(error));
    subscriptions.add(
      node.trace$.subscribe((event) => {
        if (isMessageEvent(event)) return this.trace.heard(event);
        this.trace.record(event.event, id, undefined, undefined, event);
        observers.traced(id, event);
      }),
    );
    subscriptions.add(node.failure$.subscribe(fail));
    subscriptions.add(node.start$().subscribe({ error: fail }));
  }

  /** The node dies in this instant. */
  crash(how: Crash): void {
    if (this.#life === undefined) return;
    this.trace.record('crash', this.id, how, undefined, { how });
    this.observers.crashed(this.id, how);
    this.#end();
    this.disk.crash(how);
  }

  /**
   * The node dies in this way at the `n`th boundary from now: before a frame leaves, before or after a disk operation begins, after
   * one is done and before the node hears of it, before an effect of an actor that is `interruptible`. What is left of its turn
   * reaches nobody. Returns what calls it off.
   */
  crashAfter(n: number, how: Crash): () => void {
    const scheduler = this.#life?.scheduler;
    scheduler?.dieAfter(n, () => this.crash(how));
    return () => scheduler?.dieAfter(0, () => {});
  }

  /**
   * The clock of this machine and its timers run at `rate` of 1000, whatever else they were told, until the returned function is
   * called.
   */
  drift(rate: number): () => void {
    const wish = { rate };
    this.#rates = [...this.#rates, wish];
    this.#setRate();
    return () => {
      this.#rates = this.#rates.filter((other) => other !== wish);
      this.#setRate();
    };
  }

  /** The node does nothing for `ms`, and does not notice. */
  pause(ms: number): void {
    this.trace.record('pause', this.id, undefined, undefined, { ms });
    this.#life?.scheduler.pause(ms);
  }

  #fail(scheduler: ChildScheduler, error: Error): void {
    if (this.#life?.scheduler !== scheduler) return;
    this.trace.record('failure', this.id, undefined, digestText(error.message), { reason: error.message });
    this.#end();
    this.disk.crash('kill');
    this.failed(error);
  }

  #end(): void {
    const life = this.#life;
    this.#life = undefined;
    this.#handled += life?.node.status().handled ?? 0;
    // First the scheduler: what unsubscribing wakes in the dead node must find no time to run in.
    life?.scheduler.kill();
    life?.subscriptions.unsubscribe();
    this.trace.died(this.id);
    this.#ended.next();
  }

  #setRate(): void {
    const rate = this.#rates.at(-1)?.rate ?? TRUE_RATE;
    if (rate === this.#clock.rate) return;
    this.trace.record('clock rate', this.id, undefined, rate, { rate });
    if (this.#life !== undefined) this.#life.scheduler.setRate(rate);
    else this.#clock.rate = rate;
  }

  // A node that died in the middle of a turn goes on to its end, and nobody must hear of that.

  #observer(process: ChildScheduler): NodeParts['observer'] {
    const { observers } = this;
    return {
      recovered: (actor: Address, recovered: RecoveredRole) => {
        if (process.alive) observers.recovered(actor, recovered);
      },
      received: (envelope: Envelope) => {
        if (process.alive) observers.received(envelope);
      },
      logged: (node: string, level: LogLevel, message: string) => {
        if (process.alive) observers.logged(node, level, message);
      },
    };
  }

  #recorder(life: number, process: ChildScheduler): ReplicaRecorder {
    const { id: node, observers, trace } = this;
    return {
      applied: ({ index: slot, time }, op, position, digest) => {
        if (!process.alive) return;
        this.replica = { count: position + 1, digest };
        trace.mix('apply', node, undefined, digest);
        observers.applied({ node, life, slot, time, op, position, digest });
      },
      restored: (ops, digest) => {
        if (!process.alive) return;
        this.replica = { count: ops.length, digest };
        trace.mix('restore', node, undefined, digest);
        observers.restored({ node, life, ops, digest });
      },
    };
  }
}
