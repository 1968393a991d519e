import type { StorageError } from '@synod/core';
import { damagedLog } from './errors.js';
import { segmentFiles } from './files.js';
import { type FrameHeader, forEachRecord, frameBytes, type LogEnd, viewOf } from './frame.js';
import type { Gap } from './gap.js';
import { RecordList } from './record-list.js';
import { findFrame, lastNonZero } from './scan.js';
import type { SealedSegment } from './segment.js';

/** A segment as it was read. */
export interface Image {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly salt: number;
}

/** Where a frame was looked for and not found. */
export interface Stop {
  readonly image: Image;
  readonly offset: number;
  /** Whether the rest of the segment is zeros. */
  readonly clean: boolean;
}

const START: LogEnd = { sequence: 0, position: 0, checksum: 0 };

/** Takes frames in the order of the log, and keeps what they say. */
export class LogReader {
  readonly sealed: SealedSegment[] = [];
  /** By role: the records that no checkpoint covers. */
  readonly records = new Map<string, RecordList>();
  /** Undefined before the first frame of a log whose front was dropped. */
  end: LogEnd | undefined;
  /** Of the segment that was read last. */
  lastPositions = new Map<string, number>();
  endsWithMark = false;
  /** The frames of this segment of which no later frame says that they are durable. */
  unproven: { readonly sequence: number; readonly offset: number }[] = [];

  constructor(
    readonly covers: ReadonlyMap<string, number>,
    readonly label: string,
  ) {}

  damaged(segment: number, offset: number, what: string): StorageError {
    return damagedLog(this.label, segmentFiles.name(segment), offset, what);
  }

  /** Whether the log goes on from there. */
  isAt(start: LogEnd): boolean {
    const { end } = this;
    return !end || (start.sequence === end.sequence && start.position === end.position && start.checksum === end.checksum);
  }

  /** Takes all frames that stand at the front of a segment. Throws `DAMAGED_LOG` if one of them does not continue the log. */
  read(image: Image): Stop {
    const { number, bytes, salt } = image;
    const view = viewOf(bytes);
    this.lastPositions = new Map();
    this.unproven = [];
    if (number === 1) this.end = START;
    let offset = 0;
    for (let frame: FrameHeader | undefined; (frame = findFrame(bytes, view, offset, salt)); offset += frameBytes(frame)) {
      if (!this.isAt(frame.start)) {
        const { sequence } = frame.start;
        throw this.damaged(number, offset, `frame ${sequence} stands where frame ${this.end?.sequence} should follow`);
      }
      this.#take(frame, bytes, view, offset);
    }
    return { image, offset, clean: lastNonZero(bytes, offset) === offset };
  }

  /** The segment that was read last was left for another. */
  seal(number: number): void {
    this.sealed.push({ number, next: number + 1, lastPositions: this.lastPositions, end: this.end as LogEnd, gap: false });
  }

  /** Goes over a gap. */
  skip(number: number, { end, next }: Gap): void {
    this.end = end;
    this.sealed.push({ number, next, lastPositions: new Map(), end, gap: true });
  }

  #take(frame: FrameHeader, bytes: Uint8Array, view: DataView, offset: number): void {
    forEachRecord(bytes, view, offset, frame, (role, position, record) => {
      this.lastPositions.set(role, position);
      if (position < (this.covers.get(role) ?? 0)) return;
      let records = this.records.get(role);
      if (!records) this.records.set(role, (records = new RecordList()));
      records.add(record);
    });
    this.end = frame.end;
    this.endsWithMark = frame.count === 0;
    while (this.unproven[0] && this.unproven[0].sequence < frame.durable) this.unproven.shift();
    this.unproven.push({ sequence: frame.start.sequence, offset });
  }
}
