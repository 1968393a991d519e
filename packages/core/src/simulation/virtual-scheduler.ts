import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';
import { type Entry, EventHeap, NOT_DUE } from './event-heap.js';
import { type MachineClock, TRUE_RATE } from './machine-clock.js';

type Work<T> = (this: SchedulerAction<T>, state: T) => void;

/** What the virtual time runs. `owner` is the process it belongs to, if any. */
export interface VirtualEvent extends Entry {
  readonly owner: ChildScheduler | undefined;
}

/**
 * Virtual time. Events run one after another, in the order of (time, sequence), and time stands still while one runs; nothing
 * here waits. RxJS's operators run on it as on any scheduler. Kept in whole µs, so that equal histories have equal clocks
 * everywhere; told in ms.
 */
export class VirtualScheduler implements SchedulerLike {
  readonly #heap = new EventHeap<VirtualEvent>();
  #now = 0;
  #sequence = 0;
  #stale = 0;
  #executed = 0;
  #running = false;
  #stopped = false;

  /** ms since the simulation began. */
  now(): number {
    return this.#now / 1000;
  }

  /** As `now`, in whole µs. */
  get micros(): number {
    return this.#now;
  }

  /** Events run so far. */
  get executed(): number {
    return this.#executed;
  }

  /** Events that wait, without the cancelled ones. */
  get pending(): number {
    return this.#heap.size - this.#stale;
  }

  /** Runs `work` after `delay` ms, rounded to µs; a positive delay is never rounded to none. */
  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T): Subscription;
  schedule<T>(work: Work<T>, delay: number, state: T): Subscription;
  schedule<T>(work: Work<T>, delay = 0, state?: T): Subscription {
    return new VirtualAction<T>(this, undefined, work).schedule(state, delay);
  }

  /**
   * A scheduler for one life of one process, whose events can be held up or dropped. Its `now()` begins at `origin` ms and goes by
   * `clock`, by true time if there is none.
   */
  child(origin = 0, clock?: MachineClock): ChildScheduler {
    return new ChildScheduler(this, origin, clock);
  }

  /** Makes `event` due after `delay` ms: as `schedule`, without a subscription. An event that is due already moves. */
  post(event: VirtualEvent, delay: number): void {
    this.postAt(event, this.#now + ticks(delay));
  }

  /** Makes `event` due at `micros`, or now if that has passed. */
  postAt(event: VirtualEvent, micros: number): void {
    if (event.sequence !== NOT_DUE) this.cancel(event);
    event.sequence = ++this.#sequence;
    this.#heap.push(Math.max(micros, this.#now), event.sequence, event);
  }

  /** The event is no longer due. It stays in the heap, unseen, until its time comes or the heap is half full of such. */
  cancel(event: VirtualEvent): void {
    if (event.sequence === NOT_DUE) return;
    event.sequence = NOT_DUE;
    this.#stale++;
    if (this.#stale > 64 && this.#stale * 2 > this.#heap.size) this.#sweep();
  }

  /** Drops all events of `owner`. */
  drop(owner: ChildScheduler): void {
    this.#sweep((event) => event.owner !== owner);
  }

  /** Moves all events of `owner` that are due later: `stretch` says how long each still takes, of how long it took, in µs. */
  stretch(owner: ChildScheduler, stretch: (micros: number) => number): void {
    this.#sweep();
    const now = this.#now;
    this.#heap.move((event, time) => (event.owner === owner && time > now ? now + stretch(time - now) : time));
  }

  /** Runs the next event; false if there is none. What it throws comes out here. */
  step(): boolean {
    return this.#run(Number.POSITIVE_INFINITY, 1) === 1;
  }

  /** Runs all events due up to and including `time` ms, but at most `limit`, and sets the clock to it if there are no more. Returns how many ran. */
  runUntil(time: number, limit = Number.POSITIVE_INFINITY): number {
    const until = Math.round(time * 1000);
    const ran = this.#run(until, limit);
    if (!this.#stopped && ran < limit) this.#now = Math.max(this.#now, until);
    return ran;
  }

  /** Runs until nothing is due, but at most `limit` events: a node's timers never end. Returns how many ran. */
  flush(limit = 1_000_000): number {
    return this.#run(Number.POSITIVE_INFINITY, limit);
  }

  /** Ends the run that is going on, after the event that is being run. */
  stop(): void {
    this.#stopped = true;
  }

  #run(until: number, limit: number): number {
    if (this.#running) throw new Error('virtual time is already running: an event must not run others');
    this.#running = true;
    this.#stopped = false;
    let ran = 0;
    try {
      while (ran < limit && !this.#stopped && this.#heap.size > 0 && this.#heap.firstTime <= until) {
        const time = this.#heap.firstTime;
        const sequence = this.#heap.firstSequence;
        const event = this.#heap.pop();
        if (event.sequence !== sequence) {
          this.#stale--;
          continue;
        }
        event.sequence = NOT_DUE;
        const { owner } = event;
        if (owner !== undefined && owner.resumesAt > time) {
          this.postAt(event, owner.resumesAt);
          continue;
        }
        this.#now = time;
        this.#executed++;
        ran++;
        event.run();
      }
    } finally {
      this.#running = false;
    }
    return ran;
  }

  #sweep(keep: (event: VirtualEvent) => boolean = () => true): void {
    this.#heap.retain((event, sequence) => event.sequence === sequence && keep(event));
    this.#stale = 0;
  }
}

/** One life of one process: its events can be held up, as a stopped process's are, or dropped for good, as a killed one's. */
export class ChildScheduler implements SchedulerLike {
  /** Until when nothing of this process runs, in µs. */
  resumesAt = 0;
  #alive = true;
  /** Boundaries until it dies; 0 if it is not to. */
  #left = 0;
  #die = (): void => {};

  constructor(
    readonly parent: VirtualScheduler,
    private readonly origin: number,
    private readonly clock?: MachineClock,
  ) {}

  get alive(): boolean {
    return this.#alive;
  }

  get paused(): boolean {
    return this.resumesAt > this.parent.micros;
  }

  /** ms; only differences mean anything, and no two processes share an origin. */
  now(): number {
    return this.origin + (this.clock ?? this.parent).micros / 1000;
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T): Subscription;
  schedule<T>(work: Work<T>, delay: number, state: T): Subscription;
  schedule<T>(work: Work<T>, delay = 0, state?: T): Subscription {
    return this.#alive ? new VirtualAction<T>(this.parent, this, work).schedule(state, delay) : Subscription.EMPTY;
  }

  /** `delay` ms of this process's clock, in true ms. */
  trueDelay(delay: number): number {
    const { clock } = this;
    return clock === undefined || clock.rate === TRUE_RATE ? delay : clock.trueMicros(ticks(delay)) / 1000;
  }

  /** Nothing of this process runs for `ms` from now; then what came due meanwhile does, in its order. */
  pause(ms: number): void {
    this.resumesAt = Math.max(this.resumesAt, this.parent.micros + ticks(ms));
  }

  /** Its clock goes at another rate: what is due comes when the clock says so. */
  setRate(rate: number): void {
    const { clock } = this;
    if (clock === undefined || clock.rate === rate) return;
    const before = clock.rate;
    clock.rate = rate;
    this.parent.stretch(this, (micros) => Math.ceil((micros * before) / rate));
  }

  /** Calls `die` at the `n`th boundary from now. 0: at none. */
  dieAfter(n: number, die: () => void): void {
    this.#left = n;
    this.#die = die;
  }

  /** Between two effects of this process on anything outside of it, where it may die. */
  boundary(): void {
    if (this.#left > 0 && --this.#left === 0) this.#die();
  }

  /** Nothing of this process ever runs again. */
  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#left = 0;
    this.parent.drop(this);
  }
}

/** A unit of work as RxJS knows it: may schedule itself again, and is cancelled by unsubscribing. */
class VirtualAction<T> extends Subscription implements SchedulerAction<T>, VirtualEvent {
  sequence = NOT_DUE;
  private state: T | undefined;

  constructor(
    private readonly scheduler: VirtualScheduler,
    readonly owner: ChildScheduler | undefined,
    private readonly work: Work<T>,
  ) {
    super();
  }

  schedule(state?: T, delay = 0): Subscription {
    if (this.closed || this.owner?.alive === false) return this;
    this.state = state;
    this.scheduler.post(this, this.owner === undefined ? delay : this.owner.trueDelay(delay));
    return this;
  }

  run(): void {
    try {
      this.work(this.state as T);
    } catch (error) {
      this.unsubscribe();
      throw error;
    }
  }

  override unsubscribe(): void {
    if (this.closed) return;
    this.scheduler.cancel(this);
    super.unsubscribe();
  }
}

/** ms to µs. What is left of a deadline after rounding must still let time pass, or a loop that waits for it would never end. */
const ticks = (ms: number): number => (ms > 0 ? Math.max(1, Math.round(ms * 1000)) : 0);
