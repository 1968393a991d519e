import type { Disk, Logger } from '@synod/core';
import { pathOf } from './errors.js';
import { readWhole, segmentFiles } from './files.js';
import { encodeFrame, type LogEnd, saltOf } from './frame.js';
import { readGap } from './gap.js';
import { type Image, LogReader, type Stop } from './log-reader.js';
import { frontOf, largestMark, lastNonZero } from './scan.js';
import { type ActiveSegment, openSegment, type SealedSegment } from './segment.js';
import { type Steps, wait } from './sequence.js';

/**
 * Reads the log at start, and decides where it ends.
 *
 * What a crash may leave. An append writes one frame and syncs it, and the next begins after that. (One may overtake a trailing
 * mark in the same segment; then its `durable` field says so, and it is acknowledged only with the mark.) A segment is left for
 * the next only once everything in it is durable, prepared only once the one before it holds an acknowledged frame, and zero
 * beyond its last frame, durably, before a node runs. So after a crash all that is wrong is in frames that nobody was told of, at
 * the end. Of their sectors any may be missing; a bad frame may stand before good ones. Whatever else is wrong was acknowledged,
 * and is not ours to cut off.
 *
 * With q the sequence of the frame that is looked for, and "a mark above q" a sound header anywhere further on whose `durable`
 * field is above q, hence the disk's own word that frame q was acknowledged:
 *
 * |   | where frame q should be                      | further on                                | decision                               |
 * | - | -------------------------------------------- | ----------------------------------------- | -------------------------------------- |
 * | 1 | frame q, which names frame q-1 its previous  | anything                                  | take it, look for q+1 after it         |
 * | 2 | a sound frame that is not this one           | anything                                  | refuse: frames are missing or misplaced |
 * | 3 | zeros up to the end of the last segment      | nothing                                   | the end                                |
 * | 4 | zeros up to the end of the segment           | the next segment begins with frame q      | go on there                            |
 * | 5 | anything else                                | a mark above q                            | refuse: it was acknowledged            |
 * | 6 | anything else, not zeros                     | the next segment was begun                | refuse: this one was all durable       |
 * | 7 | zeros up to the end of the segment           | the next was begun badly, and is not last | refuse: it holds an acknowledged frame |
 * | 8 | anything else, first in the log, and q is not 0 | anything                               | refuse: it was acknowledged            |
 * | 9 | anything else                                | nothing of the above                      | torn: cut off, and said                |
 *
 * A number missing between two segments is refused (a gap that we made says so in its place), as is a checkpoint above the end.
 *
 * Damage to the very last frame, with no mark after it, looks the same as a torn one (row 9). That is why a log that falls idle
 * writes a trailing mark, and why `open` does.
 *
 * Why nothing old comes back. What was cut off is overwritten with zeros, and synced, before anything is appended; so no remnant
 * of a torn batch lies beyond the end of a shorter one. If one did, it would have to continue the new history: it carries its
 * sequence and the checksum of its predecessor (row 2). Segments are not recycled, and frames are salted with their number.
 *
 * A frame that was found need not be on the disk: the process may have died between write and sync, and it is the page cache that
 * shows it; a sync that failed may have marked such a page clean. So the last frame is written again, with a mark behind it, and
 * synced, before anyone acts on it. If that is interrupted, its sectors hold the same bytes as before.
 */
export interface RecoveredLog {
  /** Oldest first. */
  readonly sealed: SealedSegment[];
  readonly active: ActiveSegment;
  readonly end: LogEnd;
  readonly records: ReadonlyMap<string, Iterable<Uint8Array>>;
}

export interface RecoverySource {
  readonly disk: Disk;
  readonly generation: string;
  /** By role: its records below were replaced by a checkpoint. */
  readonly covers: ReadonlyMap<string, number>;
  readonly logger: Logger;
  /** How messages name the directory. */
  readonly label: string;
}

/** The segment in which frame q was looked for in vain, and those after it. */
interface Remainder {
  readonly tail: Stop;
  readonly later: readonly Image[];
}

/** Reads, decides, repairs. `segments` are the numbers of those that there are, ascending; at least one. */
export function* recoverLog(source: RecoverySource, segments: readonly number[]): Steps<RecoveredLog> {
  const reader = new LogReader(source.covers, source.label);
  const remainder = yield* readFrames(source, reader, segments);
  judge(reader, remainder, source);
  return yield* repair(source, reader, remainder);
}

/** Takes every frame that continues the log. */
function* readFrames({ disk, generation }: RecoverySource, reader: LogReader, numbers: readonly number[]): Steps<Remainder> {
  const first = numbers[0] as number;
  const later: Image[] = [];
  let tail: Stop | undefined;
  let expected = first;
  for (const number of numbers) {
    if (number < expected) {
      // The gap that replaces it was durable before it could be removed.
      yield* wait(disk.remove(segmentFiles.name(number)));
      yield* wait(disk.syncDirectory());
      continue;
    }
    if (number > expected) throw reader.damaged(expected, 0, 'the file is missing');
    expected = number + 1;
    const image: Image = { number, bytes: yield* readWhole(disk, segmentFiles.name(number)), salt: saltOf(generation, number) };
    const gap = readGap(image.bytes, image.salt);
    const front = gap?.start ?? frontOf(image);

    if (later.length > 0) later.push(image);
    else if (front && tail && !(tail.clean && reader.isAt(front))) {
      throw reader.damaged(tail.image.number, tail.offset, `frame ${reader.end?.sequence} is not whole, and the next segment was begun`);
    } else if (gap) {
      if (tail) reader.seal(tail.image.number);
      reader.skip(number, gap);
      tail = undefined;
      expected = gap.next;
    } else if (front || number === 1) {
      if (tail) reader.seal(tail.image.number);
      tail = reader.read(image);
    } else later.push(image);
  }
  if (!tail) throw reader.damaged(later[0]?.number ?? expected, 0, later[0] ? 'the log should begin there' : 'the file is missing');
  return { tail, later };
}

/** Rows 3 and 5 to 9. */
const judge = (reader: LogReader, { tail, later }: Remainder, { covers, logger, label }: RecoverySource): void => {
  const { sequence, position } = reader.end as LogEnd;
  const { number, bytes, salt } = tail.image;
  const begun = later.find((image) => lastNonZero(image.bytes, 0) > 0);
  const mark = Math.max(largestMark(bytes, tail.offset, salt), ...later.map((image) => largestMark(image.bytes, 0, image.salt)));
  const stop = tail.clean && begun ? { segment: begun.number, offset: 0 } : { segment: number, offset: tail.offset };
  if (mark > sequence) {
    throw reader.damaged(stop.segment, stop.offset, `frame ${sequence} is not whole, and a later one says that it was durable`);
  }
  if (begun && !tail.clean) throw reader.damaged(number, tail.offset, `frame ${sequence} is not whole, and the next segment was begun`);
  const next = later[0];
  if (next && later.length > 1) throw reader.damaged(next.number, 0, 'it does not begin with a frame, and later segments were made');
  for (const [role, covered] of covers) {
    if (covered > position) {
      throw reader.damaged(
        number,
        tail.offset,
        `the log ends at position ${position}, and the checkpoint of ${role} covers all below ${covered}`,
      );
    }
  }
  if (tail.clean && !begun) return;
  logger.warn('the log ended in a batch that was being written in a crash and was never acknowledged; it is cut off', {
    file: pathOf(label, segmentFiles.name(stop.segment)),
    offset: stop.offset,
    sequence,
  });
};

function* repair({ disk, generation }: RecoverySource, reader: LogReader, { tail, later }: Remainder): Steps<RecoveredLog> {
  const { number } = tail.image;
  let end: LogEnd;
  // The newest first, so that no crash leaves a segment without its predecessor. A prepared one is made anew.
  for (const image of [...later].reverse()) {
    yield* wait(disk.remove(segmentFiles.name(image.number)));
    yield* wait(disk.syncDirectory());
  }
  const active = yield* openSegment(disk, number, tail.offset, generation, reader.lastPositions);
  try {
    end = yield* settle(active, reader, tail);
  } catch (error) {
    yield* wait(active.file.close());
    throw error;
  }
  return { sealed: reader.sealed, active, end, records: reader.records };
}

/** Makes the end of the log durable, with nothing behind it and a mark. Where that is. */
function* settle(
  active: ActiveSegment,
  { end, unproven: [unproven], endsWithMark }: LogReader,
  { image: { bytes }, offset }: Stop,
): Steps<LogEnd> {
  const remnants = lastNonZero(bytes, offset) - offset;
  if (remnants > 0) {
    yield* wait(active.file.write(offset, new Uint8Array(remnants)));
    yield* wait(active.file.sync());
  }
  if (unproven) yield* wait(active.file.writeDurably(unproven.offset, bytes.subarray(unproven.offset, offset)));
  if (!unproven || endsWithMark) return end as LogEnd;
  const mark = encodeFrame([], end as LogEnd, (end as LogEnd).sequence, active.salt);
  yield* wait(active.file.writeDurably(offset, mark.bytes));
  active.tail += mark.bytes.length;
  return mark.end;
}
