import type { TracedEvent } from '../actor/tracer.js';
import { digestBytes } from '../transport/digest.js';
import { between, type Delay, mostly } from './delay.js';
import { NOT_DUE } from './event-heap.js';
import { FrameCopies } from './frame-copies.js';
import type { SeededRandom } from './seeded-random.js';
import { SimulatedTransport } from './simulated-transport.js';
import type { Trace } from './trace.js';
import type { ChildScheduler, VirtualEvent, VirtualScheduler } from './virtual-scheduler.js';

/** How the network treats frames. Chances are per mille. */
export interface NetworkConditions {
  /** How long a frame takes. Frames of a link arrive in order, but for what follows. */
  readonly delay: Delay;
  /** How much longer a frame takes that leaves its place in the order, or that is a second copy. */
  readonly late: Delay;
  readonly loss: number;
  readonly duplication: number;
  readonly reordering: number;
}

export const calm: NetworkConditions = { delay: between(0.1, 0.5), late: between(1, 5), loss: 0, duplication: 0, reordering: 0 };

/** Copies may come after everything has moved on: up to ten seconds late. */
export const rough: NetworkConditions = {
  delay: mostly(between(0.1, 5), 10, between(5, 50)),
  late: mostly(between(1, 50), 50, between(1000, 10_000)),
  loss: 20,
  duplication: 20,
  reordering: 50,
};

/** What became of frames. */
export interface NetworkCounts {
  sent: number;
  delivered: number;
  duplicated: number;
  /** Lost by chance. */
  lost: number;
  /** Lost on a link that was cut. */
  cut: number;
  /** Nobody was listening. */
  unheard: number;
  /** Refused by `send`: too large, or more on the link than it takes. */
  overflowed: number;
}

interface Link {
  cut: boolean;
  /** Frames on their way. */
  queued: number;
  /** When the last frame in order arrives, µs. */
  lastArrival: number;
}

const MOST_QUEUED_FRAMES = 4096;

/**
 * Carries frames between simulated nodes, as badly as `conditions` say. Every link has its own direction, so a link can be cut
 * one way. A frame in flight outlives the process that it was meant for: the next life of that node may get it.
 */
export class SimulatedNetwork {
  readonly counts: NetworkCounts = { sent: 0, delivered: 0, duplicated: 0, lost: 0, cut: 0, unheard: 0, overflowed: 0 };
  readonly #links = new Map<string, Map<string, Link>>();
  readonly #transports = new Map<string, SimulatedTransport>();
  readonly #copies = new FrameCopies();

  constructor(
    private readonly scheduler: VirtualScheduler,
    private readonly random: SeededRandom,
    private readonly trace: Trace,
    /** May be replaced at any time; frames in flight keep what they drew. */
    public conditions: NetworkConditions = calm,
    readonly maxFrameBytes = 4 << 20,
  ) {}

  /** The network as `node` sees it in the life that `life` schedules. Replaces that of its former life. */
  transport(node: string, life: ChildScheduler): SimulatedTransport {
    this.#transports.get(node)?.detach();
    const transport = new SimulatedTransport(this, node, life);
    this.#transports.set(node, transport);
    return transport;
  }

  /** Frames from `from` to `to` are lost, also those in flight. */
  cut(from: string, to: string): void {
    this.#link(from, to).cut = true;
    this.trace.record('cut', from, to, undefined, { to });
  }

  mend(from: string, to: string): void {
    this.#link(from, to).cut = false;
    this.trace.record('mend', from, to, undefined, { to });
  }

  /** Cuts all links between nodes of different groups, both ways. Nodes in no group reach everyone. */
  partition(...groups: readonly (readonly string[])[]): void {
    for (const group of groups)
      for (const other of groups) if (group !== other) for (const from of group) for (const to of other) this.cut(from, to);
  }

  /** Mends what `partition` cut. */
  unite(...groups: readonly (readonly string[])[]): void {
    for (const group of groups)
      for (const other of groups) if (group !== other) for (const from of group) for (const to of other) this.mend(from, to);
  }

  /** Mends all links. */
  heal(): void {
    for (const [from, links] of this.#links) for (const [to, link] of links) if (link.cut) this.mend(from, to);
  }

  isCut(from: string, to: string): boolean {
    return this.#links.get(from)?.get(to)?.cut === true;
  }

  /** Called by a transport. False if the frame was dropped at once. */
  send(from: string, to: string, bytes: Uint8Array): boolean {
    const { counts, random, conditions } = this;
    const messages = this.trace.frame(from, to);
    if (!this.#transports.has(to)) return false;
    const link = this.#link(from, to);
    if (bytes.length > this.maxFrameBytes || link.queued >= MOST_QUEUED_FRAMES) {
      counts.overflowed++;
      return false;
    }
    const digest = digestBytes(bytes);
    counts.sent++;
    this.trace.mix('send', from, to, digest);
    if (link.cut) {
      counts.cut++;
      this.trace.lost(from, to, messages, 'the link is cut');
      return true;
    }
    if (random.chance(conditions.loss)) {
      counts.lost++;
      this.trace.lost(from, to, messages, 'lost');
      return true;
    }
    const arrival = this.scheduler.micros + Math.round(conditions.delay(random) * 1000);
    if (random.chance(conditions.reordering)) {
      this.#depart(new FrameInFlight(this, link, from, to, bytes, digest, messages), arrival + Math.round(conditions.late(random) * 1000));
    } else {
      link.lastArrival = Math.max(link.lastArrival, arrival);
      this.#depart(new FrameInFlight(this, link, from, to, bytes, digest, messages), link.lastArrival);
    }
    if (random.chance(conditions.duplication)) {
      counts.duplicated++;
      this.#depart(new FrameInFlight(this, link, from, to, bytes, digest, messages), arrival + Math.round(conditions.late(random) * 1000));
    }
    return true;
  }

  #depart(frame: FrameInFlight, arrival: number): void {
    frame.link.queued++;
    this.scheduler.postAt(frame, arrival);
  }

  /** A frame has come to where it was sent. */
  arrive(frame: FrameInFlight): void {
    const { link, from, to, bytes, digest, messages } = frame;
    const transport = this.#transports.get(to);
    if (frame.owner === undefined) {
      link.queued--;
      if (transport?.life.paused === true) {
        // The kernel has it; the process sees it when it runs again.
        frame.owner = transport.life;
        this.scheduler.post(frame, 0);
        return;
      }
    }
    if (link.cut) {
      this.counts.cut++;
      this.trace.lost(from, to, messages, 'the link is cut');
    } else if (transport === undefined || !transport.listening) {
      this.counts.unheard++;
      this.trace.lost(from, to, messages, 'nobody listens');
    } else {
      if (digestBytes(bytes) !== digest) throw new Error(`${from} changed a frame to ${to} after handing it to send`);
      this.counts.delivered++;
      this.trace.mix('deliver', to, from, digest);
      transport.deliver(this.#copies.copy(bytes));
    }
  }

  #link(from: string, to: string): Link {
    let links = this.#links.get(from);
    if (links === undefined) this.#links.set(from, (links = new Map()));
    let link = links.get(to);
    if (link === undefined) links.set(to, (link = { cut: false, queued: 0, lastArrival: 0 }));
    return link;
  }
}

class FrameInFlight implements VirtualEvent {
  sequence = NOT_DUE;
  owner: ChildScheduler | undefined = undefined;

  constructor(
    private readonly network: SimulatedNetwork,
    readonly link: Link,
    readonly from: string,
    readonly to: string,
    readonly bytes: Uint8Array,
    readonly digest: number,
    /** What is in it, if anybody listens. */
    readonly messages: readonly TracedEvent[] | undefined,
  ) {}

  run(): void {
    this.network.arrive(this);
  }
}
