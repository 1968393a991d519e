import type { TracedEvent } from '../actor/tracer.js';
import { digestBytes } from '../transport/digest.js';
import { between, type Delay, mostly } from './delay.js';
import { NOT_DUE } from './event-heap.js';
import { FrameArchive } from './frame-archive.js';
import { Layers } from './layers.js';
import type { SeededRandom } from './seeded-random.js';
import { SimulatedTransport } from './simulated-transport.js';
import { SlabCopies } from './slab-copies.js';
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
  /** Sent again, long after they were sent. */
  replayed: number;
  /** Lost by chance. */
  lost: number;
  /** Lost on a link that was cut. */
  cut: number;
  /** Nobody was listening. */
  unheard: number;
  /** Refused by `send`: too large, or more on the link than it takes. */
  overflowed: number;
}

/** One direction between two nodes. */
export type Direction = readonly [from: string, to: string];

interface Link {
  readonly conditions: Layers<NetworkConditions>;
  /** What its layers come to. */
  now: NetworkConditions;
  /** How many hold it cut. */
  cuts: number;
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
  readonly counts: NetworkCounts = { sent: 0, delivered: 0, duplicated: 0, replayed: 0, lost: 0, cut: 0, unheard: 0, overflowed: 0 };
  readonly #links = new Map<string, Map<string, Link>>();
  readonly #transports = new Map<string, SimulatedTransport>();
  readonly #copies = new SlabCopies();
  #conditions: NetworkConditions;
  #archive: FrameArchive | undefined;
  /** How often everything was mended. */
  #healings = 0;

  constructor(
    private readonly scheduler: VirtualScheduler,
    private readonly random: SeededRandom,
    private readonly trace: Trace,
    conditions: NetworkConditions = calm,
    readonly maxFrameBytes = 4 << 20,
  ) {
    this.#conditions = conditions;
  }

  /** What all links have in common. May be replaced at any time; frames in flight keep what they drew. */
  get conditions(): NetworkConditions {
    return this.#conditions;
  }

  set conditions(conditions: NetworkConditions) {
    this.#conditions = conditions;
    for (const link of this.#all()) link.conditions.set(conditions);
  }

  /** The network as `node` sees it in the life that `life` schedules. Replaces that of its former life. */
  transport(node: string, life: ChildScheduler): SimulatedTransport {
    this.#transports.get(node)?.detach();
    const transport = new SimulatedTransport(this, node, life);
    this.#transports.set(node, transport);
    return transport;
  }

  /** Makes links worse than `conditions`, over what already does. Returns what ends it. */
  worsen(links: readonly Direction[], worse: (than: NetworkConditions) => NetworkConditions): () => void {
    const ends = links.map(([from, to]) => this.#link(from, to).conditions.add(worse));
    return () => {
      for (const end of ends) end();
    };
  }

  /** Frames from `from` to `to` are lost, also those in flight, until `mend` was called as often as this. */
  cut(from: string, to: string): void {
    if (this.#link(from, to).cuts++ === 0) this.trace.record('cut', from, to, undefined, { to });
  }

  mend(from: string, to: string): void {
    const link = this.#link(from, to);
    if (link.cuts > 0 && --link.cuts === 0) this.trace.record('mend', from, to, undefined, { to });
  }

  /** Cuts links. Returns what mends those that nobody else holds cut, unless all were healed meanwhile. */
  sever(links: readonly Direction[]): () => void {
    for (const [from, to] of links) this.cut(from, to);
    const healings = this.#healings;
    let held = true;
    return () => {
      if (held && healings === this.#healings) for (const [from, to] of links) this.mend(from, to);
      held = false;
    };
  }

  /** Cuts all links between nodes of different groups, both ways. Nodes in no group reach everyone. Returns what ends it. */
  partition(...groups: readonly (readonly string[])[]): () => void {
    const others = (group: readonly string[]): readonly string[] => groups.filter((other) => other !== group).flat();
    return this.sever(groups.flatMap((group) => group.flatMap((from) => others(group).map((to) => [from, to] as const))));
  }

  /** Mends all links, and makes none worse than `conditions`. */
  heal(): void {
    this.#healings++;
    for (const [from, links] of this.#links)
      for (const [to, link] of links) {
        link.conditions.clear();
        link.cuts = Math.min(link.cuts, 1);
        this.mend(from, to);
      }
  }

  /** From now on frames are recorded, for `replay`. */
  remember(): void {
    this.#archive ??= new FrameArchive(this.random.split('archive'));
  }

  /** Delivers a frame again that `random` picks of all that were recorded. False if there is none. */
  replay(random: SeededRandom): boolean {
    const frame = this.#archive?.pick(random);
    if (frame === undefined) return false;
    const { from, to, bytes, digest, messages } = frame;
    this.counts.replayed++;
    this.trace.record('replay', from, to, digest, { to });
    this.#depart(new FrameInFlight(this, this.#link(from, to), from, to, bytes, digest, messages), this.scheduler.micros);
    return true;
  }

  isCut(from: string, to: string): boolean {
    return (this.#links.get(from)?.get(to)?.cuts ?? 0) > 0;
  }

  /** Called by a transport. False if the frame was dropped at once. */
  send(from: string, to: string, bytes: Uint8Array): boolean {
    const { counts, random } = this;
    const messages = this.trace.frame(from, to);
    if (!this.#transports.has(to)) return false;
    const link = this.#link(from, to);
    const conditions = link.now;
    if (bytes.length > this.maxFrameBytes || link.queued >= MOST_QUEUED_FRAMES) {
      counts.overflowed++;
      return false;
    }
    const digest = digestBytes(bytes);
    counts.sent++;
    this.trace.mix('send', from, to, digest);
    this.#archive?.offer({ from, to, bytes, digest, messages });
    if (link.cuts > 0) {
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
    if (link.cuts > 0) {
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
    if (link === undefined) links.set(to, (link = newLink(this.#conditions)));
    return link;
  }

  *#all(): Iterable<Link> {
    for (const links of this.#links.values()) yield* links.values();
  }
}

const newLink = (conditions: NetworkConditions): Link => {
  const layers = new Layers(conditions, (now) => {
    link.now = now;
  });
  const link: Link = { conditions: layers, now: conditions, cuts: 0, queued: 0, lastArrival: 0 };
  return link;
};

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
