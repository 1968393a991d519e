import { StoppedError, StorageError } from '@synod/core';
import { expect, test } from 'vitest';
import { MemoryDisk } from './memory-disk.js';
import { checkpointOf, contents, failure, follow, IDENTITY, now, pieces, record, segment, storageOn } from './support.js';

const opened = () => {
  const disk = new MemoryDisk();
  const node = storageOn(disk);
  node.open();
  return { disk, ...node };
};

const marksOf = (disk: MemoryDisk): number => disk.history.filter((operation) => operation.startsWith('writeDurably segment')).length;

test('a batch is one durable write, however many records and roles it has', () => {
  const { disk, storage } = opened();
  const before = disk.history.length;
  now(storage.append([record('a', 'x'), record('b', 'y'), record('c', 'x')]));
  expect(disk.history.slice(before)).toEqual([`writeDurably ${segment(1)}`]);
});

test('an empty batch completes and writes nothing', () => {
  const { disk, storage } = opened();
  const before = disk.history.length;
  now(storage.append([]));
  expect(disk.history.length).toBe(before);
});

test('a log that falls idle writes one trailing mark, and a busy one none', () => {
  const { disk, scheduler, append, idle } = opened();
  const before = marksOf(disk);
  append('a');
  append('b');
  expect(marksOf(disk)).toBe(before + 2);
  idle();
  expect(marksOf(disk)).toBe(before + 3);
  expect(scheduler.now()).toBe(100);
  idle();
  expect(marksOf(disk)).toBe(before + 3);
});

test('closing writes the mark that is due', () => {
  const { disk, storage, append } = opened();
  append('a');
  const before = marksOf(disk);
  now(storage.close());
  now(storage.close());
  expect(marksOf(disk)).toBe(before + 1);
});

test('an append does not wait for a mark in flight to begin, and is acknowledged only with it', () => {
  for (const first of ['mark', 'batch']) {
    const { disk, storage, append, idle } = opened();
    append('a');
    disk.hold();
    idle();
    expect(disk.held).toBe(1);
    const appended = follow(storage.append([record('b')]));
    expect(disk.held).toBe(2);
    if (first === 'batch') disk.swap();
    disk.release();
    expect(appended.state).toBe('running');
    // Neither alone is enough: without the mark the batch is not found, and that is allowed only as long as nobody was told of it.
    expect(contents(storageOn(disk.afterCrash(() => false)).open())).toEqual(['a']);
    disk.release();
    expect(appended.state).toBe('done');
    expect(contents(storageOn(disk.afterCrash(() => false)).open())).toEqual(['a', 'b']);
  }
});

test('a segment is left only once the mark in it is durable', () => {
  const { disk, storage, append, idle } = opened();
  append('x'.repeat(700));
  disk.hold();
  idle();
  const appended = follow(storage.append([record('y'.repeat(700))]));
  expect(disk.held).toBe(1);
  disk.releaseAll();
  expect(appended.state).toBe('done');
  expect(contents(storageOn(disk.afterCrash(() => false)).open())).toHaveLength(2);
});

test('a mark that begins while an append waits for a segment is durable before that segment is begun', () => {
  const disk = new MemoryDisk();
  const { storage, idle } = storageOn(disk);
  disk.hold();
  const opened = follow(storage.open(IDENTITY));
  while (opened.state === 'running') disk.release();
  // The preparation of the second segment is held; the first batch overtakes it.
  const first = follow(storage.append([record('x'.repeat(700))]));
  disk.swap();
  disk.release();
  expect(first.state).toBe('done');
  const second = follow(storage.append([record('y'.repeat(700))]));
  idle();
  const writesOf = (number: number) => disk.history.filter((operation) => operation === `writeDurably ${segment(number)}`).length;
  const before = writesOf(1);
  // Everything but the mark, which now is the oldest, happens.
  disk.swap();
  while (disk.held > 1) {
    disk.swap();
    disk.release();
  }
  expect(writesOf(1)).toBe(before);
  expect(writesOf(2)).toBe(0);
  expect(contents(storageOn(disk.afterCrash(() => true)).open())).toHaveLength(1);
  disk.releaseAll();
  expect(second.state).toBe('done');
  expect(contents(storageOn(disk.afterCrash(() => false)).open())).toHaveLength(2);
});

test('every file that was opened is closed once, also if the first write to a segment failed', () => {
  for (const fails of [false, true]) {
    const { disk, storage, append } = opened();
    append('x'.repeat(700));
    disk.fails = (asked) => fails && asked === `writeDurably ${segment(2)}`;
    follow(storage.append([record('y'.repeat(700))]));
    disk.fails = () => false;
    now(storage.close());
    const count = (operation: string) => disk.history.filter((asked) => asked.startsWith(operation)).length;
    expect(count('close segment')).toBe(count('open segment'));
  }
});

test('an append goes on when nobody waits for it any more, and close waits for it', () => {
  const { disk, storage } = opened();
  disk.hold();
  let told = false;
  storage
    .append([record('a')])
    .subscribe(() => {
      told = true;
    })
    .unsubscribe();
  const closed = follow(storage.close());
  expect(closed.state).toBe('running');
  disk.releaseAll();
  expect(closed.state).toBe('done');
  expect(told).toBe(false);
  expect(contents(storageOn(disk).open())).toEqual(['a']);
});

test.each(['writeDurably segment', 'sync checkpoint', 'write checkpoint', 'rename checkpoint', 'syncDirectory'])(
  'after an error of "%s" every call fails with it, and nothing more is written',
  (operation) => {
    const { disk, storage, append } = opened();
    append('acknowledged');
    disk.fails = (asked) => asked.startsWith(operation);
    const appending = operation.includes('segment');
    const first = failure(appending ? storage.append([record('lost')]) : storage.checkpoint('counters/acceptor', 1, pieces('state')));
    expect(first).toBeInstanceOf(StorageError);
    expect(first).toMatchObject({ code: 'STORAGE_FAILED' });
    expect(first.message).toContain('EIO');

    disk.fails = () => false;
    const before = disk.history.length;
    expect(failure(storage.append([record('more')]))).toBe(first);
    expect(failure(storage.checkpoint('counters/acceptor', 1, pieces('state')))).toBe(first);
    expect(disk.history.length).toBe(before);
    now(storage.close());
    expect(disk.history.slice(before).filter((asked) => asked.startsWith('write'))).toEqual([]);
    expect(contents(storageOn(disk.afterCrash(() => false)).open())).toEqual(['acknowledged']);
  },
);

test('an error of a mark, or of a segment that is prepared, fails the calls that follow', () => {
  for (const what of ['mark', 'segment']) {
    const { disk, storage, append, idle } = opened();
    append('a');
    disk.fails = (asked) => asked === `writeDurably ${what === 'mark' ? segment(1) : `${segment(3)}.tmp`}`;
    if (what === 'mark') idle();
    else follow(storage.append([record('x'.repeat(950))]));
    expect(failure(storage.append([record('b')]))).toMatchObject({ code: 'STORAGE_FAILED' });
  }
});

test.each(['ENOSPC', 'EDQUOT'])('a disk that is full (%s) is said to be, with its place and what to do', (code) => {
  const { disk, storage, append } = opened();
  append('acknowledged');
  disk.fails = (asked) => asked.startsWith('writeDurably') && code;
  const error = failure(storage.append([record('lost')]));
  expect(error).toMatchObject({ name: 'StorageError', code: 'NO_SPACE' });
  expect(error.message).toContain(`the storage in ./data/a failed: ${code}`);
  expect(error.message).toContain('Make room');
  expect(contents(storageOn(disk.afterCrash(() => false)).open())).toEqual(['acknowledged']);
});

test('a batch that was written while something else failed is not acknowledged', () => {
  const { disk, storage, append, idle } = opened();
  append('a');
  disk.hold();
  idle();
  const checkpoint = follow(storage.checkpoint('counters/acceptor', 1, pieces('state')));
  const appended = follow(storage.append([record('b')]));
  disk.fails = (asked) => asked.startsWith('open checkpoint');
  disk.releaseAll();
  expect(checkpoint.error).toMatchObject({ code: 'STORAGE_FAILED' });
  expect(appended.error).toBe(checkpoint.error);
});

test('after close every call fails as stopped', () => {
  const { storage } = opened();
  now(storage.close());
  expect(failure(storage.append([record('a')]))).toBeInstanceOf(StoppedError);
  expect(failure(storage.checkpoint('counters/acceptor', 0, []))).toBeInstanceOf(StoppedError);
  expect(failure(storage.open(IDENTITY))).toBeInstanceOf(StoppedError);
});

test('a storage that is not open refuses to append, and closes', () => {
  const { storage } = storageOn(new MemoryDisk());
  expect(failure(storage.append([record('a')]))).toMatchObject({ code: 'STORAGE_NOT_OPEN' });
  now(storage.close());
});

test('a checkpoint pulls one piece at a time, with work of the disk between', () => {
  const { disk, storage, append } = opened();
  append('a');
  let pulled = 0;
  const large = function* () {
    for (; pulled < 5; pulled++) yield new Uint8Array(100_000).fill(pulled);
  };
  disk.hold();
  const made = follow(storage.checkpoint('counters/acceptor', 1, large()));
  const seen: number[] = [];
  while (made.state === 'running') {
    disk.release();
    seen.push(pulled);
  }
  expect(Math.max(...seen.map((count, index) => count - (seen[index - 1] ?? 0)))).toBe(1);
  disk.releaseAll();
  const found = storageOn(disk.afterCrash(() => false)).open();
  expect([...(found.roles.get('counters/acceptor')?.checkpoint ?? [])].map((piece) => [piece.length, piece[0]])).toEqual(
    [0, 1, 2, 3, 4].map((index) => [100_000, index]),
  );
});

test('small pieces of a checkpoint share a write', () => {
  const { disk, storage, append } = opened();
  append('a');
  now(storage.checkpoint('counters/acceptor', 1, pieces(...Array.from({ length: 1000 }, (_, i) => `piece ${i}`))));
  expect(disk.history.filter((operation) => operation.startsWith('write checkpoint'))).toHaveLength(1);
  expect(checkpointOf(storageOn(disk.afterCrash(() => false)).open())?.[999]).toBe('piece 999');
});

test('appends go on beside a checkpoint, and closing abandons it', () => {
  const { disk, storage, append } = opened();
  append('a');
  now(storage.checkpoint('counters/acceptor', 1, pieces('older')));
  disk.hold();
  const made = follow(storage.checkpoint('counters/acceptor', 1, [new Uint8Array(70_000), new Uint8Array(70_000)]));
  const appended = follow(storage.append([record('b')]));
  while (appended.state === 'running') disk.release();
  expect(made.state).toBe('running');
  const closed = follow(storage.close());
  disk.releaseAll();
  expect(closed.state).toBe('done');
  expect(made.error).toBeInstanceOf(StoppedError);
  const found = storageOn(disk).open();
  expect(checkpointOf(found)).toEqual(['older']);
  expect(contents(found)).toEqual(['b']);
});

test('a checkpoint whose state throws fails the storage and leaves the older one', () => {
  const { disk, storage, append } = opened();
  append('a');
  now(storage.checkpoint('counters/acceptor', 1, pieces('older')));
  const broken = function* () {
    yield new Uint8Array(10);
    throw new Error('no snapshot');
  };
  expect(failure(storage.checkpoint('counters/acceptor', 1, broken())).message).toContain('no snapshot');
  expect(checkpointOf(storageOn(disk.afterCrash(() => true)).open())).toEqual(['older']);
});

test('a checkpoint of records that the log has not got is refused', () => {
  const { storage, append } = opened();
  append('a');
  expect(failure(storage.checkpoint('counters/acceptor', 2, []))).toMatchObject({ code: 'INVALID_CHECKPOINT' });
});
