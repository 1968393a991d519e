import { describe, expect, test } from 'vitest';
import { Bench, bytes, say } from './bench.js';

/** An actor that persists on `p…`, sends to the other node on `s…`, and does both, in that order, on `b…`. */
const scribe = (bench: Bench, role: string) =>
  bench.add(role, (said, effects) => {
    if (said[0] !== 's') effects.persist(bytes(said));
    if (said[0] !== 'p') effects.send(bench.address('other', 'there'), say(`${role}.${said}`));
  });

describe('the gate', () => {
  test('holds a send until what was persisted before it is durable', () => {
    const bench = new Bench();
    const one = scribe(bench, 'one');
    bench.start();
    bench.tell(one, 'b1');
    bench.run();
    expect(bench.log).toEqual(['one < b1', 'append one:b1']);
    bench.journal.durable();
    bench.run();
    expect(bench.log.slice(2)).toEqual(['durable', 'frame one.b1']);
  });

  test('lets a send go first that came before the record in the same turn', () => {
    const bench = new Bench();
    const one = scribe(bench, 'one');
    bench.start();
    bench.tell(one, 's1', 'p2');
    bench.run();
    expect(bench.log).toEqual(['one < s1', 'one < p2', 'frame one.s1', 'append one:p2']);
  });

  test('holds a send of a later turn for a record persisted in an earlier one', () => {
    const bench = new Bench();
    const one = scribe(bench, 'one');
    bench.start();
    bench.tell(one, 'p1');
    bench.run();
    bench.tell(one, 's2');
    bench.run();
    expect(bench.log).toEqual(['one < p1', 'append one:p1', 'one < s2']);
    bench.journal.durable();
    bench.run();
    expect(bench.log.at(-1)).toBe('frame one.s2');
  });

  test("does not hold another actor's sends", () => {
    const bench = new Bench();
    const one = scribe(bench, 'one');
    const two = scribe(bench, 'two');
    bench.start();
    bench.tell(one, 'b1');
    bench.tell(two, 's2');
    bench.run();
    expect(bench.log).toEqual(['one < b1', 'two < s2', 'frame two.s2', 'append one:b1']);
  });

  test('holds a send to another actor of the same node as well', () => {
    const bench = new Bench();
    const reader = bench.add('reader', () => {});
    const writer = bench.add('writer', (said, effects) => {
      effects.persist(bytes(said));
      effects.send(reader, say(said));
    });
    bench.start();
    bench.tell(writer, 'x');
    bench.run();
    expect(bench.log).toEqual(['writer < x', 'append writer:x']);
    bench.journal.durable();
    bench.run();
    expect(bench.log.at(-1)).toBe('reader < x');
  });

  test('never holds a message of an actor to itself', () => {
    const bench = new Bench();
    const one = bench.add('one', (said, effects) => {
      if (said !== 'go') return;
      effects.persist(bytes('r'));
      effects.send(one, say('to myself'));
    });
    bench.start();
    bench.tell(one, 'go');
    bench.run();
    expect(bench.log).toEqual(['one < go', 'one < to myself', 'append one:r']);
  });

  test('keeps the order of the sends of one actor across batches', () => {
    const bench = new Bench();
    const one = scribe(bench, 'one');
    bench.start();
    for (const said of ['b1', 'b2', 's3']) {
      bench.tell(one, said);
      bench.run();
    }
    expect(bench.journal.appends).toEqual([['one:b1']]);
    bench.journal.durable();
    bench.run();
    expect(bench.log.at(-2)).toBe('frame one.b1');
    expect(bench.journal.appends).toEqual([['one:b1'], ['one:b2']]);
    bench.journal.durable();
    bench.run();
    expect(bench.log.at(-1)).toBe('frame one.b2 one.s3');
  });
});

describe('group commit', () => {
  test('makes one append of what all actors persisted in a turn', () => {
    const bench = new Bench();
    const [one, two] = [scribe(bench, 'one'), scribe(bench, 'two')];
    bench.start();
    bench.tell(one, 'p1', 'p2');
    bench.tell(two, 'p3');
    bench.run();
    expect(bench.journal.appends).toEqual([['one:p1', 'one:p2', 'two:p3']]);
  });

  test('gathers the records of later turns while an append is in flight, and appends them as one', () => {
    const bench = new Bench();
    const one = scribe(bench, 'one');
    bench.start();
    for (const said of ['p1', 'p2', 'p3', 'p4']) {
      bench.tell(one, said);
      bench.run();
    }
    expect(bench.journal.appends).toEqual([['one:p1']]);
    expect(bench.system.unsynced).toBe(4);
    bench.journal.durable();
    bench.run();
    expect(bench.journal.appends).toEqual([['one:p1'], ['one:p2', 'one:p3', 'one:p4']]);
    expect(bench.system.unsynced).toBe(3);
  });

  test('releases within the turn what an append that completes at once has made durable', () => {
    const bench = new Bench();
    bench.journal.mode = 'synchronous';
    const one = scribe(bench, 'one');
    bench.start();
    bench.tell(one, 'b1', 'b2');
    bench.run();
    expect(bench.log).toEqual(['one < b1', 'one < b2', 'append one:b1 one:b2', 'frame one.b1 one.b2']);
  });

  test('loops, and does not recurse, over appends that complete at once', () => {
    const bench = new Bench();
    bench.journal.mode = 'synchronous';
    let left = 20_000;
    const two = bench.add('two', (_, effects) => effects.send(bench.address('one'), say('again')));
    const one = bench.add('one', (_, effects) => {
      if (left-- === 0) return;
      effects.persist(bytes('x'));
      effects.send(two, say('x'));
    });
    bench.start();
    bench.tell(one, 'go');
    bench.scheduler.runUntil(100);
    expect(bench.failures).toEqual([]);
    expect(bench.journal.appends).toHaveLength(20_000);
  });
});

describe('a checkpoint', () => {
  test('is written only after what its actor persisted before is durable, and is then told to the actor', () => {
    const bench = new Bench(100);
    const one = bench.add('one', (said, effects) => {
      if (said === 'done') return;
      effects.persist(bytes('r1'));
      effects.checkpoint([bytes('whole '), bytes('state')], say('done'));
    });
    bench.start();
    bench.tell(one, 'go');
    bench.run();
    expect(bench.log).toEqual(['one < go', 'append one:r1']);
    bench.journal.durable();
    bench.run();
    expect(bench.journal.checkpoints).toEqual([{ role: 'group/one', covers: 101, state: 'whole state' }]);
    expect(bench.log).not.toContain('one < done');
    bench.journal.checkpointDurable();
    bench.run();
    expect(bench.log.at(-1)).toBe('one < done');
  });

  test('does not hold sends', () => {
    const bench = new Bench();
    const one = bench.add('one', (said, effects) => {
      if (said !== 'go') return;
      effects.checkpoint([bytes('s')], say('done'));
      effects.send(bench.address('other', 'there'), say('at once'));
    });
    bench.start();
    bench.tell(one, 'go');
    bench.run();
    expect(bench.log).toEqual(['one < go', 'checkpoint one', 'frame at once']);
  });

  test('does not cover what its actor persisted after it', () => {
    const bench = new Bench();
    const one = bench.add('one', (_, effects) => {
      effects.persist(bytes('before'));
      effects.checkpoint([bytes('s')], say('done'));
      effects.persist(bytes('after'));
    });
    bench.start();
    bench.tell(one, 'go');
    bench.run();
    bench.journal.durable();
    bench.run();
    expect(bench.journal.checkpoints.map(({ covers }) => covers)).toEqual([1]);
  });

  test('never covers a record that is not durable, whoever persisted it', () => {
    const bench = new Bench(10);
    const [one, two] = ['one', 'two'].map((role) =>
      bench.add(role, (said, effects) => {
        if (said === 'p') effects.persist(bytes('r'));
        if (said === 'c') effects.checkpoint([bytes('s')], say('done'));
      }),
    ) as [ReturnType<Bench['add']>, ReturnType<Bench['add']>];
    bench.start();
    bench.tell(one, 'p');
    bench.run();
    bench.journal.durable();
    bench.run();
    // Only position 10 is durable; what the other persists now may be lost, and its positions be used again.
    bench.tell(two, 'p', 'p', 'p');
    bench.tell(one, 'c');
    bench.run();
    expect(bench.journal.checkpoints).toEqual([{ role: 'group/one', covers: 11, state: 's' }]);
  });

  test('of an actor that persisted nothing in this life covers what was recovered', () => {
    const bench = new Bench(7);
    const one = bench.add('one', (said, effects) => {
      if (said === 'go') effects.checkpoint([bytes('s')], say('done'));
    });
    bench.start();
    bench.tell(one, 'go');
    bench.run();
    expect(bench.journal.checkpoints.map(({ covers }) => covers)).toEqual([7]);
  });

  test('that begins before the last one is durable stops the node', () => {
    const bench = new Bench();
    const one = bench.add('one', (_, effects) => effects.checkpoint([], say('done')));
    bench.start();
    bench.tell(one, 'a', 'b');
    bench.run();
    expect(bench.failures.map(({ message }) => message)).toEqual(['group/one began a checkpoint before its last one was durable']);
  });

  test('that completes at once is told to the actor in the same turn', () => {
    const bench = new Bench();
    bench.journal.mode = 'synchronous';
    const one = bench.add('one', (said, effects) => {
      if (said === 'go') effects.checkpoint([bytes('s')], say('done'));
    });
    bench.start();
    bench.tell(one, 'go');
    bench.run();
    expect(bench.log).toEqual(['one < go', 'checkpoint one', 'one < done']);
  });
});
