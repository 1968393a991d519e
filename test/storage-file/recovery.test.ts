import { expect, test } from 'vitest';
import { encodeFrame, frameBytes, type LogEnd, readHeader, saltOf, viewOf } from '../../packages/storage-file/src/log/frame.js';
import { MemoryDisk } from './memory-disk.js';
import { checkpointOf, contents, failure, IDENTITY, now, pieces, record, SEGMENT_BYTES, segment, storageOn } from './support.js';

/** One record of this length fills a quarter of a segment, with its frame. */
const long = (name: string): string => name.padEnd(170, '.');
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];

/** The disk of a machine that lost power after these batches were acknowledged, before the log fell idle. */
const diskAfter = (...batches: string[][]): MemoryDisk => {
  const disk = new MemoryDisk();
  const { open, append } = storageOn(disk);
  open();
  for (const batch of batches) append(...batch.map(long));
  return disk.afterCrash(() => true);
};

const single = (count: number): string[][] => NAMES.slice(0, count).map((name) => [name]);

interface Frame {
  readonly offset: number;
  readonly size: number;
  readonly start: LogEnd;
  readonly end: LogEnd;
}

const framesOf = (disk: MemoryDisk, number: number): Frame[] => {
  const bytes = disk.contents(segment(number));
  const frames: Frame[] = [];
  for (let offset = 0; ; ) {
    const header = readHeader(bytes, viewOf(bytes), offset, saltOf('first', number));
    if (!header) return frames;
    frames.push({ offset, size: frameBytes(header), start: header.start, end: header.end });
    offset += frameBytes(header);
  }
};

const at = (disk: MemoryDisk, number: number, index: number): Frame => framesOf(disk, number).at(index) as Frame;

const overwrite = (disk: MemoryDisk, number: number, offset: number, bytes: Uint8Array): void => {
  const image = disk.contents(segment(number)).slice();
  image.set(bytes, offset);
  disk.put(segment(number), image);
};

const spoil = (disk: MemoryDisk, number: number, offset: number): void =>
  overwrite(disk, number, offset, Uint8Array.of((disk.contents(segment(number))[offset] as number) ^ 0x10));

const erase = (disk: MemoryDisk, number: number, { offset, size }: Frame): void => overwrite(disk, number, offset, new Uint8Array(size));

interface Row {
  readonly row: string;
  readonly arrange: () => MemoryDisk;
  /** Of how many records; or the place that the refusal names. */
  readonly found: number | { readonly file: string; readonly offset: number | 'any' };
  readonly warns?: { readonly file: string; readonly offset: number };
}

const QUARTER = at(diskAfter(['a']), 1, 0).size;

const table: Row[] = [
  { row: '1 and 3: an undamaged log is found whole', arrange: () => diskAfter(...single(3)), found: 3 },
  {
    row: '2: a frame that stands where another belongs is refused',
    arrange: () => {
      const disk = diskAfter(...single(3));
      const { offset, size } = at(disk, 1, 0);
      overwrite(disk, 1, at(disk, 1, 2).offset, disk.contents(segment(1)).slice(offset, offset + size));
      return disk;
    },
    found: { file: segment(1), offset: 2 * QUARTER },
  },
  {
    row: '2: a sound frame of the right sequence that follows another history is refused',
    arrange: () => {
      const disk = diskAfter(...single(2));
      const last = at(disk, 1, -1);
      const foreign = { ...last.end, checksum: last.end.checksum ^ 1 };
      overwrite(disk, 1, last.offset + last.size, encodeFrame([record('x')], foreign, 2, saltOf('first', 1)).bytes);
      return disk;
    },
    found: { file: segment(1), offset: 2 * QUARTER },
  },
  { row: '4: a log goes on in the next segment', arrange: () => diskAfter(...single(9)), found: 9 },
  {
    row: '5: a damaged batch is refused where a later one says that it was durable',
    arrange: () => {
      const disk = diskAfter(...single(3));
      spoil(disk, 1, at(disk, 1, 1).offset + 100);
      return disk;
    },
    found: { file: segment(1), offset: QUARTER },
  },
  {
    row: '5: a damaged header is refused where a later one says that its batch was durable',
    arrange: () => {
      const disk = diskAfter(...single(3));
      spoil(disk, 1, at(disk, 1, 1).offset + 20);
      return disk;
    },
    found: { file: segment(1), offset: QUARTER },
  },
  {
    row: '5: zeros in the place of an acknowledged batch are refused where a later one stands',
    arrange: () => {
      const disk = diskAfter(...single(3));
      erase(disk, 1, at(disk, 1, 0));
      return disk;
    },
    found: { file: segment(1), offset: 0 },
  },
  {
    row: '5: a damaged last batch is refused once the log fell idle after it',
    arrange: () => {
      const disk = new MemoryDisk();
      const { open, append, idle } = storageOn(disk);
      open();
      append(long('a'));
      append(long('b'));
      idle();
      const after = disk.afterCrash(() => false);
      spoil(after, 1, QUARTER + 60);
      return after;
    },
    found: { file: segment(1), offset: QUARTER },
  },
  {
    row: '5: zeros in the place of an acknowledged end are refused where the next segment goes on',
    arrange: () => {
      const disk = diskAfter(...single(5));
      erase(disk, 1, at(disk, 1, -1));
      return disk;
    },
    found: { file: segment(1), offset: 3 * QUARTER },
  },
  {
    row: '5: damage in the midst of a segment that is not the last is refused',
    arrange: () => {
      const disk = diskAfter(...single(9));
      spoil(disk, 1, at(disk, 1, 1).offset + 50);
      return disk;
    },
    found: { file: segment(1), offset: QUARTER },
  },
  {
    row: '5: a damaged first batch of a segment is refused where a later one of it stands',
    arrange: () => {
      const disk = diskAfter(...single(6));
      disk.delete(segment(3));
      spoil(disk, 2, 10);
      return disk;
    },
    found: { file: segment(2), offset: 0 },
  },
  {
    row: '6: garbage at the end of a segment that was left for the next is refused',
    arrange: () => {
      const disk = diskAfter(...single(5));
      overwrite(disk, 1, SEGMENT_BYTES - 8, Uint8Array.of(1, 2, 3));
      return disk;
    },
    found: { file: segment(1), offset: 4 * QUARTER },
  },
  {
    row: '6: a damaged end of a segment is refused where the next was begun, even badly',
    arrange: () => {
      const disk = diskAfter(...single(5));
      disk.delete(segment(3));
      spoil(disk, 1, at(disk, 1, -1).offset + 60);
      spoil(disk, 2, 10);
      return disk;
    },
    found: { file: segment(1), offset: 3 * QUARTER },
  },
  {
    row: '7: a damaged only batch of a segment is refused where the segment after it was prepared',
    arrange: () => {
      const disk = diskAfter(...single(5));
      spoil(disk, 2, 60);
      return disk;
    },
    found: { file: segment(2), offset: 0 },
  },
  {
    row: '8: a damaged first batch is refused where the segments before it were dropped',
    arrange: () => {
      const disk = diskAfter(...single(5));
      disk.delete(segment(1));
      disk.delete(segment(3));
      spoil(disk, 2, 60);
      return disk;
    },
    found: { file: segment(2), offset: 0 },
  },
  {
    row: '9: a last batch whose payload is torn is cut off',
    arrange: () => {
      const disk = diskAfter(...single(3));
      spoil(disk, 1, at(disk, 1, 2).offset + 60);
      return disk;
    },
    found: 2,
    warns: { file: segment(1), offset: 2 * QUARTER },
  },
  {
    row: '9: a last batch whose header is torn is cut off',
    arrange: () => {
      const disk = diskAfter(...single(3));
      spoil(disk, 1, at(disk, 1, 2).offset + 6);
      return disk;
    },
    found: 2,
    warns: { file: segment(1), offset: 2 * QUARTER },
  },
  {
    row: '9: a torn first batch ever is cut off',
    arrange: () => {
      const disk = diskAfter(...single(1));
      spoil(disk, 1, 70);
      return disk;
    },
    found: 0,
    warns: { file: segment(1), offset: 0 },
  },
  {
    row: '9: a torn first batch of a new segment is cut off',
    arrange: () => {
      const disk = diskAfter(...single(5));
      disk.delete(segment(3));
      spoil(disk, 2, 60);
      return disk;
    },
    found: 4,
    warns: { file: segment(2), offset: 0 },
  },
  {
    row: '9: a bad frame before good ones, of which none says that it was durable, is cut off with them',
    arrange: () => {
      const disk = diskAfter(...single(1));
      const { offset, size, end } = at(disk, 1, 0);
      const mark = encodeFrame([], end, 1, saltOf('first', 1));
      const batch = encodeFrame([record('never acknowledged')], mark.end, 1, saltOf('first', 1));
      overwrite(disk, 1, offset + size, mark.bytes);
      overwrite(disk, 1, offset + size + mark.bytes.length, batch.bytes);
      spoil(disk, 1, offset + size + 12);
      return disk;
    },
    found: 1,
    warns: { file: segment(1), offset: QUARTER },
  },
  {
    row: 'a batch that overtook the mark before it is taken, with the mark',
    arrange: () => {
      const disk = diskAfter(...single(1));
      const { offset, size, end } = at(disk, 1, 0);
      const mark = encodeFrame([], end, 1, saltOf('first', 1));
      const batch = encodeFrame([record(long('b'))], mark.end, 1, saltOf('first', 1));
      overwrite(disk, 1, offset + size, mark.bytes);
      overwrite(disk, 1, offset + size + mark.bytes.length, batch.bytes);
      return disk;
    },
    found: 2,
  },
  {
    row: 'a segment that is missing in the midst is refused',
    arrange: () => {
      const disk = diskAfter(...single(9));
      disk.delete(segment(2));
      return disk;
    },
    found: { file: segment(2), offset: 0 },
  },
  {
    row: 'a segment that is missing before a prepared one is refused',
    arrange: () => {
      const disk = diskAfter(...single(5));
      disk.delete(segment(2));
      return disk;
    },
    found: { file: segment(2), offset: 0 },
  },
];

test.each(table)('row $row', ({ arrange, found, warns }) => {
  const disk = arrange();
  const before = new Map([...disk.names.keys()].map((name) => [name, disk.contents(name).slice()]));
  const { storage, warnings } = storageOn(disk);
  if (typeof found !== 'number') {
    const error = failure(storage.open(IDENTITY));
    expect(error).toMatchObject({ name: 'StorageError', code: 'DAMAGED_LOG' });
    expect(error.message).toContain(`./data/a/${found.file} is damaged at byte ${found.offset}:`);
    expect(error.message).toContain('Bring back the disk as it was last written');
    expect(new Map([...disk.names.keys()].map((name) => [name, disk.contents(name)])), 'nothing was changed').toEqual(before);
    return;
  }
  const recovered = now(storage.open(IDENTITY));
  expect(contents(recovered)).toEqual(NAMES.slice(0, found).map(long));
  expect(recovered.position).toBe(found);
  expect(warnings.map(({ details }) => details)).toEqual(
    warns ? [expect.objectContaining({ ...warns, file: `./data/a/${warns.file}` })] : [],
  );

  // What was decided stands: the log goes on from there, over any number of segments.
  now(storage.append([record(long('after'))]));
  for (let i = 0; i < 6; i++) now(storage.append([record(long(`more ${i}`))]));
  const again = storageOn(disk.afterCrash(() => false));
  const expected = [...NAMES.slice(0, found), 'after', ...Array.from({ length: 6 }, (_, i) => `more ${i}`)].map(long);
  expect(contents(again.open())).toEqual(expected);
  expect(again.warnings).toEqual([]);
});

test('a log that has lost all its segments is refused', () => {
  const disk = diskAfter(...single(2));
  for (const name of [segment(1), segment(2)]) disk.delete(name);
  expect(failure(storageOn(disk).storage.open(IDENTITY))).toMatchObject({ code: 'DAMAGED_LOG' });
});

test('a log that ends below what a checkpoint covers is refused', () => {
  const disk = new MemoryDisk();
  const { storage, open, append } = storageOn(disk);
  open();
  append('a', 'b');
  append('c');
  now(storage.checkpoint('counters/acceptor', 3, pieces('abc')));
  const after = disk.afterCrash(() => false);
  spoil(after, 1, at(after, 1, 1).offset + 60);
  const error = failure(storageOn(after).storage.open(IDENTITY));
  expect(error).toMatchObject({ code: 'DAMAGED_LOG' });
  expect(error.message).toContain('the log ends at position 2, and the checkpoint of counters/acceptor covers all below 3');
});

test('once a torn batch was cut off, no part of it is found after shorter ones were written in its place', () => {
  for (const torn of [60, 200, 400, 560]) {
    const disk = diskAfter(['a'], ['b', 'c', 'd']);
    spoil(disk, 1, at(disk, 1, 1).offset + torn);
    const second = storageOn(disk);
    expect(contents(second.open())).toEqual([long('a')]);
    second.append('short');
    const third = storageOn(disk.afterCrash(() => false));
    expect(contents(third.open())).toEqual([long('a'), 'short']);
    expect(third.warnings).toEqual([]);
  }
});

test('a batch that was found though never acknowledged is refused if it is damaged after it was acted on', () => {
  const disk = diskAfter(...single(2));
  storageOn(disk).open();
  const after = disk.afterCrash(() => false);
  spoil(after, 1, QUARTER + 60);
  expect(failure(storageOn(after).storage.open(IDENTITY))).toMatchObject({ code: 'DAMAGED_LOG' });
});

test('what was found in the page cache is on the disk before open tells of it, a batch and the mark that it overtook alike', () => {
  const disk = diskAfter(...single(1));
  const { offset, size, end } = at(disk, 1, 0);
  const mark = encodeFrame([], end, 1, saltOf('first', 1));
  const batch = encodeFrame([record(long('not synced'))], mark.end, 1, saltOf('first', 1));
  const file = now(disk.open(segment(1), 'existing'));
  now(file.write(offset + size, mark.bytes));
  now(file.write(offset + size + mark.bytes.length, batch.bytes));
  const second = disk.afterKill();
  expect(contents(storageOn(second).open())).toEqual([long('a'), long('not synced')]);
  expect(contents(storageOn(second.afterCrash(() => false)).open())).toEqual([long('a'), long('not synced')]);
});

test('positions go on across restarts without a gap, and checkpoints replace records below what they cover', () => {
  const disk = new MemoryDisk();
  for (let life = 0; life < 5; life++) {
    const { storage, open, append } = storageOn(disk);
    const recovered = open();
    expect(recovered.position).toBe(life * 3);
    if (life > 0) expect(contents(recovered)).toEqual([`second of ${life - 1}`, `third of ${life - 1}`]);
    if (life > 0) expect(checkpointOf(recovered)).toEqual([`below ${life * 3 - 2}`]);
    append(`first of ${life}`);
    append(`second of ${life}`, `third of ${life}`);
    now(storage.checkpoint('counters/acceptor', life * 3 + 1, pieces(`below ${life * 3 + 1}`)));
    now(storage.close());
  }
});

test('records of any length and of any role are found as they were, each time that they are asked for', () => {
  const disk = new MemoryDisk();
  const { storage, open } = storageOn(disk, { segmentBytes: 1 << 20 });
  open();
  const roles = ['shop/acceptor', 'shop/acceptoR', 'ship/acceptor', 'läden/lerner', 'läden/lernér'];
  const lengths = [0, 1, 65_531, 65_532, 65_533, 3, 0, 200_000, 65_000, 600, 0];
  const expected = new Map(roles.map((role) => [role, [] as string[]]));
  for (const [index, length] of lengths.entries()) {
    const batch = roles.map((role) => ({ role, content: `${role} ${index}`.padEnd(length, '.').slice(0, length) }));
    for (const { role, content } of batch) expected.get(role)?.push(content);
    now(storage.append(batch.map(({ role, content }) => record(content, role))));
  }
  const recovered = storageOn(disk.afterCrash(() => false)).open();
  expect(new Set(recovered.roles.keys())).toEqual(new Set(roles));
  for (const role of roles) for (let time = 0; time < 2; time++) expect(contents(recovered, role)).toEqual(expected.get(role));
});
