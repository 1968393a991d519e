import type { Mutant } from './mutant.js';

/*
 * No mutants, since no rule breaks without them, or no history comes there:
 * - The lock, and data of another node or format: every simulated disk has one process and one owner; test/storage-file has them.
 * - `removeTemporary`: files that nobody looks at.
 * - That records below a checkpoint are not read: read again over it, they change nothing.
 * - That a new segment is full of zeros: what is not on the disk reads as zeros; it saves time.
 * - What shows only where the power fails between two certain operations of the disk: test/storage-file/crash-points.test.ts fails it
 *   at each. Such are the names that a killed process left, that of the identity, which of two checkpoints counts, which
 *   goes first, what waits for a mark, and what recovery writes again or over.
 * - Rows 6 to 8 of recovery, a missing segment, and a checkpoint above the end: where bit rot strikes, a mark mostly speaks first (row
 *   5), and no fault takes whole files; test/storage-file/recovery.test.ts has a case for every row.
 * - Row 2 of recovery: what recovery leaves nothing of cannot continue the log; test/storage-file/recovery.test.ts puts it there.
 * - Gaps: no role of Multi-Paxos leaves a record in front of the log for long.
 * - The checksum of a frame's header: what rot changes there breaks the chain of frames too.
 * - Lifecycle: a node stops at the first error of its storage, and asks it for nothing more.
 */

const log = 'packages/storage-file/src/log/log.ts';
const recovery = 'packages/storage-file/src/log/recovery.ts';
const reader = 'packages/storage-file/src/log/log-reader.ts';
const segment = 'packages/storage-file/src/log/segment.ts';
const dropper = 'packages/storage-file/src/log/segment-dropper.ts';
const checkpoints = 'packages/storage-file/src/log/checkpoint-store.ts';
const frame = 'packages/storage-file/src/log/frame.ts';
const checkpoint = 'packages/storage-file/src/log/checkpoint-file.ts';
const storage = 'packages/storage-file/src/log/file-storage.ts';

export const storageMutants: readonly Mutant[] = [
  {
    name: 'append-not-synced',
    file: log,
    find: 'from(active.file.writeDurably(offset, bytes)).subscribe({\n            error: failed,',
    replace: 'from(active.file.write(offset, bytes)).subscribe({\n            error: failed,',
    breaks: 'an append is acknowledged when it is synced',
  },
  {
    name: 'frame-says-that-it-is-durable',
    file: log,
    find: 'encodeFrame(records, this.#end, this.#durable, active.salt, this.#room)',
    replace: 'encodeFrame(records, this.#end, this.#end.sequence + 1, active.salt, this.#room)',
    breaks: 'a mark speaks only of frames that are durable',
  },
  {
    name: 'segment-name-not-synced',
    file: segment,
    find: 'yield* wait(disk.syncDirectory());',
    replace: '',
    breaks: 'a segment has its name, durably, before anything is appended to it',
  },
  {
    name: 'log-ends-before-its-last-frame',
    file: reader,
    find: 'this.end = frame.end;\n',
    replace: 'this.end = frame.start;\n',
    breaks: 'the log ends after its last frame (row 1)',
  },
  {
    name: 'durable-mark-ignored',
    file: recovery,
    find: 'if (mark > sequence) {',
    replace: 'if (false) {',
    breaks: 'damage to what was acknowledged is refused, not cut off (row 5)',
  },
  {
    name: 'frame-payload-not-checked',
    file: frame,
    find: 'end <= bytes.length && crc32(bytes, 0, start, end) === header.payload',
    replace: 'end <= bytes.length',
    breaks: 'a frame counts if its records are as they were written',
  },
  {
    name: 'checkpoint-not-checked',
    file: checkpoint,
    find: 'if (this.#checksum !== view.getUint32(4, true))\n                throw this.damaged(start);',
    replace: '',
    breaks: 'a checkpoint counts if it is as it was written',
  },
  {
    name: 'segment-dropped-with-its-last-record',
    file: dropper,
    find: 'last < (this.#covers.get(role) ?? 0)',
    replace: 'last <= (this.#covers.get(role) ?? 0)',
    breaks: 'a segment is dropped when checkpoints replace every record in it',
  },
  {
    name: 'segment-dropped-for-one-role',
    file: dropper,
    find: '[...lastPositions].every((',
    replace: '[...lastPositions].some((',
    breaks: 'a segment is dropped when checkpoints replace the records of all roles in it',
  },
  {
    name: 'segments-dropped-in-any-order',
    file: dropper,
    find: `yield* wait(this.disk.remove(segmentFiles.name(number)));
            yield* wait(this.disk.syncDirectory());
            this.sealed.shift();`,
    replace: `yield* wait(this.disk.remove(segmentFiles.name(number)));
            this.sealed.shift();`,
    breaks: 'a segment is dropped for good before the next one is: no crash leaves a hole',
  },
  {
    name: 'checkpoint-not-synced',
    file: checkpoints,
    find: 'yield* wait(file.sync());',
    replace: '',
    breaks: 'a checkpoint is durable before it has its name',
  },
  {
    name: 'checkpoint-name-not-synced',
    file: checkpoints,
    find: 'yield* wait(this.disk.syncDirectory());',
    replace: '',
    breaks: 'a checkpoint has its name, durably, before the older one goes',
  },
  {
    name: 'checkpoint-number-used-again',
    file: checkpoints,
    find: 'this.#lastNumber = number;',
    replace: '',
    breaks: 'the numbers of checkpoints only grow',
  },
  {
    name: 'records-released-before-the-checkpoint',
    file: storage,
    find: 'yield* checkpoints.write({ role, covers }, state, lifecycle);',
    replace: 'log.release(role, covers);\n                yield* checkpoints.write({ role, covers }, state, lifecycle);',
    breaks: 'records are dropped when the checkpoint that replaces them is durable',
  },
];
