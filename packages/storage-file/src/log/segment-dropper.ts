import type { Disk } from '@synod/core';
import { segmentFiles, writeWhole } from './files.js';
import { saltOf } from './frame.js';
import { encodeGap } from './gap.js';
import type { Lifecycle } from './lifecycle.js';
import type { SealedSegment } from './segment.js';
import { type Steps, wait } from './sequence.js';

/**
 * Drops whole segments once checkpoints replace every record in them. A role holds only segments that have records of its own: one
 * that wrote a single record long ago, and no checkpoint since, keeps that one segment; those after it give way to a gap.
 */
export class SegmentDropper {
  readonly #covers = new Map<string, number>();
  #dropping = false;

  constructor(
    readonly disk: Disk,
    readonly generation: string,
    readonly lifecycle: Lifecycle,
    /** Oldest first. */
    readonly sealed: SealedSegment[],
  ) {}

  /** A durable checkpoint of the role replaces its records at positions below `covers`. */
  release(role: string, covers: number): void {
    this.#covers.set(role, covers);
    this.#drop();
  }

  /** `segment` was left for the next, which holds a durable frame. */
  add(segment: SealedSegment): void {
    this.sealed.push(segment);
    this.#drop();
  }

  #drop(): void {
    if (this.#dropping || this.lifecycle.obstacle || !this.#deadRun()) return;
    this.#dropping = true;
    // Its failure is the storage's, which says so at the next call.
    this.lifecycle.run(() => this.#dropRuns()).subscribe({ error: () => {} });
  }

  *#dropRuns(): Steps<void> {
    for (let run = this.#deadRun(); run && !this.lifecycle.obstacle; run = this.#deadRun()) {
      const { start, length } = run;
      const dead = this.sealed.slice(start, start + length);
      if (start === 0) yield* this.#dropFront(dead);
      else yield* this.#dropMiddle(dead, this.sealed[start - 1] as SealedSegment);
    }
    this.#dropping = false;
  }

  /** Oldest first, each for good before the next: so no crash leaves a hole. */
  *#dropFront(dead: readonly SealedSegment[]): Steps<void> {
    for (const { number } of dead) {
      yield* wait(this.disk.remove(segmentFiles.name(number)));
      yield* wait(this.disk.syncDirectory());
      this.sealed.shift();
    }
  }

  /** A gap takes the place of the first, and says where the log goes on; then the others are not looked for. */
  *#dropMiddle(dead: readonly SealedSegment[], before: SealedSegment): Steps<void> {
    const { number } = dead[0] as SealedSegment;
    const { end, next } = dead.at(-1) as SealedSegment;
    const gap = encodeGap({ start: before.end, end, next }, saltOf(this.generation, number));
    yield* writeWhole(this.disk, segmentFiles.name(number), gap);
    for (const other of dead.slice(1)) yield* wait(this.disk.remove(segmentFiles.name(other.number)));
    yield* wait(this.disk.syncDirectory());
    this.sealed.splice(this.sealed.indexOf(before) + 1, dead.length, { number, next, lastPositions: new Map(), end, gap: true });
  }

  /** The oldest segments in a row that hold nothing needed; a lone gap is as small as it gets, unless it is in front. */
  #deadRun(): { start: number; length: number } | undefined {
    const isDead = ({ lastPositions }: SealedSegment): boolean =>
      [...lastPositions].every(([role, last]) => last < (this.#covers.get(role) ?? 0));
    for (let start = 0; start < this.sealed.length; start++) {
      let end = start;
      while (end < this.sealed.length && isDead(this.sealed[end] as SealedSegment)) end++;
      if (end - start > 1 || (end > start && (start === 0 || !(this.sealed[start] as SealedSegment).gap)))
        return { start, length: end - start };
      start = end;
    }
    return undefined;
  }
}
