import { type Disk, type LogRecord, StorageError } from '@synod/core';
import { AsyncSubject, from, Observable, type Subscriber, type Subscription } from 'rxjs';
import { batchBytes, encodeFrame, type LogEnd, MAX_FRAME_BYTES } from './frame.js';
import type { Lifecycle } from './lifecycle.js';
import type { FileStorageOptions } from './options.js';
import type { RecoveredLog } from './recovery.js';
import { type ActiveSegment, createSegment } from './segment.js';
import { SegmentDropper } from './segment-dropper.js';
import { type Steps, sequence, wait } from './sequence.js';

/** What is kept to write frames from, at most. */
const MOST_REUSED = 1024 * 1024;

/** The end of the log, where frames are appended. What it may leave on the disk in a crash is what `recovery.ts` judges. */
export class Log {
  #active: ActiveSegment;
  #end: LogEnd;
  /** All frames of a lower sequence are durable. */
  #durable: number;
  #appending = false;
  #buffer = new Uint8Array(0);
  #appendedAt = 0;
  /** Whether the last frame needs no mark after it: it is one, or there is none. */
  #marked = true;
  /** The mark in flight; completes when it is durable. */
  #marking: AsyncSubject<unknown> | undefined;
  #markTimer: Subscription | undefined;
  /** The segment that is prepared ahead. */
  #next: Observable<ActiveSegment>;
  /** Left for the active one, which holds nothing durable yet. */
  #left: { readonly segment: ActiveSegment; readonly end: LogEnd } | undefined;
  readonly #dropper: SegmentDropper;

  constructor(
    readonly disk: Disk,
    readonly generation: string,
    readonly lifecycle: Lifecycle,
    readonly options: Pick<Required<FileStorageOptions>, 'segmentBytes' | 'markDelay' | 'scheduler'>,
    recovered: RecoveredLog,
  ) {
    this.#active = recovered.active;
    this.#end = recovered.end;
    this.#durable = recovered.end.sequence;
    this.#dropper = new SegmentDropper(disk, generation, lifecycle, recovered.sealed);
    this.#next = this.#prepare(this.#active.number + 1);
  }

  /** Of the record that comes next. */
  get position(): number {
    return this.#end.position;
  }

  /** Goes on whether or not anyone stays subscribed. */
  append(records: readonly LogRecord[]): Observable<never> {
    return new Observable((subscriber) => {
      try {
        this.lifecycle.check();
        const length = batchBytes(records);
        if (length > MAX_FRAME_BYTES)
          throw new StorageError(
            'BATCH_TOO_LARGE',
            `a batch takes ${length} bytes; at most ${MAX_FRAME_BYTES} are written at once, so persist less in a turn`,
          );
        const { tail, capacity } = this.#active;
        if (records.length === 0) subscriber.complete();
        else if (tail === 0 || tail + length <= capacity) this.#write(records, subscriber);
        else {
          // Its own subscription: the segment is left even if the caller is.
          sequence(() => this.#leave()).subscribe({
            error: (error) => subscriber.error(this.lifecycle.fail(error)),
            complete: () => this.#write(records, subscriber),
          });
        }
      } catch (error) {
        subscriber.error(this.lifecycle.fail(error));
      }
    });
  }

  /** Records of the role at positions below `covers` are needed no more. */
  release(role: string, covers: number): void {
    this.#dropper.release(role, covers);
  }

  /** Called when nothing runs any more. */
  *close(): Steps<void> {
    this.#markTimer?.unsubscribe();
    if (!this.#marked && !this.lifecycle.failed) yield* wait(this.#mark());
    yield* wait(this.#active.file.close());
    if (this.#left) yield* wait(this.#left.segment.file.close());
    // It has emitted by now, or it failed and left nothing open.
    let next: ActiveSegment | undefined;
    this.#next.subscribe({ next: (segment) => (next = segment), error: () => {} });
    // The one whose first frame failed is the active one already, and closed.
    if (next && next !== this.#active) yield* wait((next as ActiveSegment).file.close());
  }

  /** Mostly an append begins when the one before it is done: then they are written from one buffer, unless they are large. */
  readonly #room = (length: number): Uint8Array => {
    if (this.#appending || length > MOST_REUSED) return new Uint8Array(length);
    if (length > this.#buffer.length) this.#buffer = new Uint8Array(Math.min(MOST_REUSED, 2 * length));
    return this.#buffer.subarray(0, length);
  };

  #write(records: readonly LogRecord[], subscriber: Subscriber<never>): void {
    const active = this.#active;
    const { bytes, end } = encodeFrame(records, this.#end, this.#durable, active.salt, this.#room);
    const offset = active.tail;
    let { position } = this.#end;
    for (const { role } of records) active.lastPositions.set(role, position++);
    this.#end = end;
    active.tail += bytes.length;
    this.#appending = true;
    this.#marked = false;
    this.lifecycle.begin();
    const written = (): void => {
      this.#appending = false;
      this.#durable = end.sequence;
      this.#markWhenIdle();
      if (this.#left) this.#moveOn(this.#left.segment, this.#left.end);
      // What the disk failed at meanwhile may be what this batch stands on.
      if (this.lifecycle.failed) subscriber.error(this.lifecycle.obstacle);
      else subscriber.complete();
      this.lifecycle.end();
    };
    const failed = (error: unknown): void => {
      subscriber.error(this.lifecycle.fail(error));
      this.lifecycle.end();
    };
    from(active.file.writeDurably(offset, bytes)).subscribe({
      error: failed,
      // The frame may have overtaken the mark before it, without which it would not be found.
      complete: () => (this.#marking ? this.#marking.subscribe({ error: failed, complete: written }) : written()),
    });
  }

  *#leave(): Steps<void> {
    const next = yield* wait(this.#next);
    // Not before: a log that waits for a segment is idle, and may begin a mark meanwhile.
    if (this.#marking) yield* wait(this.#marking);
    this.lifecycle.check();
    this.#left = { segment: this.#active, end: this.#end };
    this.#active = next;
  }

  /** The active segment holds a durable frame, so the one before it may be dropped, and the one after it prepared. */
  #moveOn(left: ActiveSegment, end: LogEnd): void {
    this.#left = undefined;
    const { number, lastPositions } = left;
    this.#dropper.add({ number, next: number + 1, lastPositions, end, gap: false });
    this.#next = this.#prepare(this.#active.number + 1, left);
  }

  #prepare(number: number, left?: ActiveSegment): Observable<ActiveSegment> {
    const { disk, generation, lifecycle, options } = this;
    return lifecycle.run(function* () {
      if (left) yield* wait(left.file.close());
      return yield* createSegment(disk, number, options.segmentBytes, generation, lifecycle);
    });
  }

  #markWhenIdle(): void {
    this.#appendedAt = this.options.scheduler.now();
    this.#markTimer ??= this.#startMarkTimer(this.options.markDelay);
  }

  // One timer at most, which looks when it is due whether there was an append since: an append sets none.
  #startMarkTimer(delay: number): Subscription {
    const { scheduler, markDelay } = this.options;
    return scheduler.schedule(() => {
      this.#markTimer = undefined;
      if (this.#appending || this.#marked || this.lifecycle.obstacle) return;
      const idle = scheduler.now() - this.#appendedAt;
      if (idle < markDelay) this.#markTimer = this.#startMarkTimer(markDelay - idle);
      else this.#mark().subscribe({ error: () => {} });
    }, delay);
  }

  /** Says on the disk that everything so far is durable. Appends go on beside it. */
  #mark(): Observable<unknown> {
    const { lifecycle } = this;
    const active = this.#active;
    const { bytes, end } = encodeFrame([], this.#end, this.#durable, active.salt);
    const offset = active.tail;
    this.#end = end;
    active.tail += bytes.length;
    this.#marked = true;
    const marking = new AsyncSubject<unknown>();
    this.#marking = marking;
    lifecycle.begin();
    from(active.file.writeDurably(offset, bytes)).subscribe({
      error: (error) => {
        marking.error(lifecycle.fail(error));
        lifecycle.end();
      },
      complete: () => {
        this.#marking = undefined;
        if (!this.#appending) this.#durable = end.sequence;
        marking.complete();
        lifecycle.end();
      },
    });
    return marking;
  }
}
