import { expect, test } from 'vitest';
import { MemoryDisk } from './memory-disk.js';
import { checkpointOf, contents, failure, IDENTITY, now, pieces, record, SEGMENT_BYTES, segment, storageOn } from './support.js';

const filling = (name: string, role: string) => record(name.padEnd(800, '.'), role);
const segmentsOf = (disk: MemoryDisk): number[] =>
  [...disk.names.keys()].flatMap((name) => (name.startsWith('segment-') ? [Number(name.slice(8))] : [])).sort((a, b) => a - b);

/** A disk with one batch a segment, of one record of each of these roles. */
const oneSegmentEach = (...roles: string[]) => {
  const disk = new MemoryDisk();
  const node = storageOn(disk);
  node.open();
  for (const [index, role] of roles.entries()) now(node.storage.append([filling(String(index), role)]));
  return { disk, ...node };
};

test('segments go once the checkpoints of all roles that have records in them are past them', () => {
  const { disk, storage } = oneSegmentEach('a', 'b', 'a', 'b');
  expect(segmentsOf(disk)).toEqual([1, 2, 3, 4, 5]);
  now(storage.checkpoint('b', 4, []));
  expect(segmentsOf(disk), 'the first holds a record of a').toEqual([1, 2, 3, 4, 5]);
  now(storage.checkpoint('a', 1, []));
  expect(segmentsOf(disk)).toEqual([3, 4, 5]);
  now(storage.checkpoint('a', 4, []));
  expect(segmentsOf(disk), 'the one that is appended to stays, and the one that is prepared').toEqual([4, 5]);
});

test('a checkpoint that covers all but the last record of a segment does not drop it', () => {
  const { disk, storage } = oneSegmentEach('a', 'a', 'a');
  now(storage.checkpoint('a', 1, []));
  expect(segmentsOf(disk)).toEqual([2, 3, 4]);
  expect(contents(storageOn(disk.afterCrash(() => false)).open(), 'a').map((content) => content[0])).toEqual(['1', '2']);
});

test('a role with one old record holds one segment, and those after it give way to a gap', () => {
  const { disk, storage } = oneSegmentEach('rare', 'a', 'a', 'a', 'a', 'a');
  for (let covers = 2; covers <= 5; covers++) {
    now(storage.checkpoint('a', covers, pieces(`below ${covers}`)));
    expect(disk.contents(segment(2)).length).toBeLessThan(100);
    expect(segmentsOf(disk)).toEqual([1, 2, ...[3, 4, 5, 6, 7].filter((number) => number > covers)]);
    const found = storageOn(disk.afterCrash(() => false)).open();
    expect(contents(found, 'rare').map((content) => content[0])).toEqual(['0']);
    expect(checkpointOf(found, 'a')).toEqual([`below ${covers}`]);
    expect(contents(found, 'a').map((content) => Number(content[0]))).toEqual([2, 3, 4, 5].filter((index) => index >= covers));
  }
  now(storage.checkpoint('rare', 6, []));
  expect(segmentsOf(disk)).toEqual([6, 7]);
});

test('a damaged gap is refused, and so is a missing one', () => {
  const { disk, storage } = oneSegmentEach('rare', 'a', 'a', 'a');
  now(storage.checkpoint('a', 3, []));
  const length = disk.contents(segment(2)).length;
  for (let offset = 0; offset < length; offset++) {
    const image = disk.afterCrash(() => false);
    const bytes = image.contents(segment(2)).slice();
    bytes[offset] = (bytes[offset] as number) ^ 4;
    image.put(segment(2), bytes);
    expect(failure(storageOn(image).storage.open(IDENTITY))).toMatchObject({ code: 'DAMAGED_LOG' });
  }
  disk.delete(segment(2));
  expect(failure(storageOn(disk.afterCrash(() => false)).storage.open(IDENTITY)).message).toContain(`${segment(2)} is damaged at byte 0`);
});

test('segments that a checkpoint had made needless before a crash go at the next start', () => {
  const { disk, storage } = oneSegmentEach('a', 'a', 'a');
  disk.fails = (operation) => operation.startsWith('remove segment');
  now(storage.checkpoint('a', 3, pieces('all')));
  expect(segmentsOf(disk)).toEqual([1, 2, 3, 4]);
  const restarted = disk.afterCrash(() => false);
  expect(checkpointOf(storageOn(restarted).open(), 'a')).toEqual(['all']);
  expect(segmentsOf(restarted)).toEqual([3, 4]);
});

test('a batch larger than a segment has one for itself', () => {
  const { disk, storage } = oneSegmentEach('a');
  now(storage.append([record('large'.repeat(SEGMENT_BYTES), 'a')]));
  now(storage.append([record('small', 'a')]));
  expect(segmentsOf(disk)).toEqual([1, 2, 3, 4]);
  const found = contents(storageOn(disk.afterCrash(() => false)).open(), 'a');
  expect(found.slice(1)).toEqual(['large'.repeat(SEGMENT_BYTES), 'small']);
});

test('a segment is made ready before it is needed, and no append waits for it', () => {
  const disk = new MemoryDisk();
  const { storage, open } = storageOn(disk);
  open();
  for (let i = 0; i < 5; i++) {
    const before = disk.history.length;
    now(storage.append([filling(String(i), 'a')]));
    expect(disk.history[before], 'the first thing that an append does').toBe(`writeDurably ${segment(i + 1)}`);
  }
});

test('a segment is prepared in pieces of 256 KiB, each durable before the next, so that an append beside it waits for one at most', () => {
  const disk = new MemoryDisk();
  storageOn(disk, { segmentBytes: 600 << 10 }).open();
  const draft = `${segment(2)}.tmp`;
  expect(disk.history.filter((operation) => operation.endsWith(draft))).toEqual([
    `open ${draft}`,
    ...Array.from({ length: 3 }, () => `writeDurably ${draft}`),
    `close ${draft}`,
    `rename ${draft}`,
  ]);
  expect(disk.contents(segment(2))).toEqual(new Uint8Array(600 << 10));
});

test('the log takes no more segments than what no checkpoint replaces fills, the one that is appended to, and the one that is prepared', () => {
  const disk = new MemoryDisk();
  const { storage, open } = storageOn(disk);
  open();
  // One batch fills a quarter of a segment.
  const quarter = (role: string) => record('x'.repeat(SEGMENT_BYTES / 4 - 48 - 6 - 1), role);
  const bound = (needed: number): number => Math.ceil(needed / 4) + 2;
  const covered = { a: 0, b: 0 };
  for (let position = 0; position < 300; position++) {
    const role = position % 3 ? 'a' : 'b';
    now(storage.append([quarter(role)]));
    for (const [role, every] of [
      ['a', 7],
      ['b', 31],
    ] as const) {
      if (position % every === 0) now(storage.checkpoint(role, (covered[role] = position + 1), []));
    }
    const needed = position + 1 - Math.min(covered.a, covered.b);
    expect(segmentsOf(disk).length, `after ${position + 1} batches`).toBeLessThanOrEqual(bound(needed));
  }
});
