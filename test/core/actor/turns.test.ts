import { type ActorContext, AddressBook, type Effects, formatAddress } from '@synod/core';
import { delay } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Bench, bytes, handling, say } from './bench.js';

describe('a turn', () => {
  test('hands on messages breadth first: what a handler sends joins the tail of the queue', () => {
    const bench = new Bench();
    const leaf = bench.add('leaf', () => {});
    const root = bench.add('root', (said, effects) => {
      for (const half of ['left', 'right']) effects.send(leaf, say(`${said}.${half}`));
    });
    bench.start();
    bench.tell(root, '1', '2');
    bench.run();
    expect(bench.log).toEqual(['root < 1', 'root < 2', 'leaf < 1.left', 'leaf < 1.right', 'leaf < 2.left', 'leaf < 2.right']);
  });

  test('never re-enters a handler: a message to itself is handled after the handler has returned', () => {
    const bench = new Bench();
    const depth: number[] = [];
    let inside = 0;
    const self = bench.add('self', (said, effects) => {
      depth.push(++inside);
      if (said.length < 5) effects.send(self, say(`${said}+`));
      bench.log.push('returned');
      inside--;
    });
    bench.start();
    bench.tell(self, 'a');
    bench.run();
    expect(depth).toEqual([1, 1, 1, 1, 1]);
    expect(bench.log.filter((line) => line === 'returned')).toHaveLength(5);
    expect(bench.log.slice(0, 4)).toEqual(['self < a', 'returned', 'self < a+', 'returned']);
  });

  test('carries a conversation of 100,000 messages without growing the stack', () => {
    const bench = new Bench();
    let exchanged = 0;
    const answer = (to: string) => (_: string, effects: Effects) => {
      if (++exchanged < 100_000) effects.send(bench.address(to), say('x'));
    };
    const ping = bench.add('ping', answer('pong'));
    bench.add('pong', answer('ping'));
    bench.start();
    bench.log.length = 0;
    bench.tell(ping, 'go');
    bench.scheduler.runUntil(100);
    expect(exchanged).toBe(100_000);
  });

  test('does not begin before the start, and then begins with what actors sent while they started', () => {
    const bench = new Bench();
    const one = bench.add('one', () => {});
    bench.add(
      'two',
      () => {},
      (effects) => effects.send(one, say('hello')),
    );
    bench.tell(one, 'from outside');
    bench.run();
    expect(bench.log).toEqual([]);
    bench.start();
    expect(bench.log).toEqual(['one < hello', 'one < from outside']);
  });

  test('begins for what an actor sends or persists late, as one does that is delayed', () => {
    const bench = new Bench();
    const late = bench.addActor('late', (mailbox$, context) =>
      handling((said, effects) => {
        effects.persist(bytes(said));
        effects.send(bench.address('listener', 'there'), say(said));
      })(mailbox$, context).pipe(delay(5, bench.scheduler)),
    );
    bench.start();
    bench.tell(late, 'x');
    bench.scheduler.runUntil(4);
    expect(bench.log).toEqual([]);
    bench.scheduler.runUntil(5);
    expect(bench.log).toEqual(['append late:x']);
    bench.journal.durable();
    bench.run();
    expect(bench.log).toEqual(['append late:x', 'durable', 'frame x']);
  });

  test('is never run inline by a delivery', () => {
    const bench = new Bench();
    const one = bench.add('one', () => {});
    bench.start();
    bench.tell(one, 'x');
    expect(bench.log).toEqual([]);
    expect(bench.system.queued).toBe(1);
    bench.run();
    expect(bench.log).toEqual(['one < x']);
    expect(bench.system.queued).toBe(0);
  });

  test('says all that goes to other nodes at its end, in one go', () => {
    const bench = new Bench();
    const one = bench.add('one', (said, effects) => effects.send(bench.address('other', 'there'), say(`re ${said}`)));
    bench.start();
    bench.tell(one, 'a', 'b', 'c');
    bench.run();
    expect(bench.log).toEqual(['one < a', 'one < b', 'one < c', 'frame re a re b re c']);
  });

  test('ends after a bounded number of messages, so that the event loop has its turn in the midst of a flood', () => {
    const bench = new Bench();
    const one = bench.add('one', (said, effects) => effects.send(bench.address('other', 'there'), say(said)));
    bench.start();
    for (let i = 0; i < 20_000; i++) bench.tell(one, 'x');
    bench.run();
    const handled = () => bench.log.filter((line) => line.startsWith('one')).length;
    expect(handled()).toBe(8192);
    expect(bench.log.filter((line) => line.startsWith('frame'))).toHaveLength(1);
    bench.scheduler.runUntil(10);
    expect(handled()).toBe(20_000);
  });
});

describe('the queue of a node', () => {
  test('is bounded: a delivery beyond the bound is refused', () => {
    const bench = new Bench();
    const one = bench.add('one', () => {});
    const envelope = { from: one, to: bench.address('nobody'), message: say('x') };
    let taken = 0;
    while (taken < 1_000_000 && bench.system.deliver(envelope)) taken++;
    expect(taken).toBe(262_144);
    bench.start();
    expect(bench.system.deliver(envelope)).toBe(true);
  });

  test('takes a timer even when it is full: a lost timer would never be set again', () => {
    const bench = new Bench();
    const heard: string[] = [];
    const one = bench.add('one', (said, effects) => {
      heard.push(said);
      if (said === 'arm') effects.startTimer('t', 10, say('fired'));
    });
    bench.start();
    // The timer fires while a flood that came at the same moment waits.
    bench.scheduler.schedule(() => {
      const flood = { from: one, to: bench.address('nobody'), message: say('flood') };
      while (bench.system.deliver(flood));
    }, 10);
    bench.tell(one, 'arm');
    bench.scheduler.runUntil(200);
    expect(heard).toEqual(['arm', 'fired']);
  });

  test('lasts no longer than 10 ms and the message under way: then the event loop has its turn', () => {
    const bench = new Bench();
    const slow = bench.add('slow', () => {
      bench.spent += 4;
    });
    bench.start();
    bench.tell(slow, '1', '2', '3', '4', '5');
    bench.run();
    expect(bench.log).toEqual(['slow < 1', 'slow < 2', 'slow < 3']);
    bench.scheduler.runUntil(bench.scheduler.now() + 1);
    expect(bench.log.slice(3)).toEqual(['slow < 4', 'slow < 5']);
  });

  test('sends to an address that nobody has to the dead letters', () => {
    const bench = new Bench();
    const one = bench.add('one', (_, effects) => effects.send(bench.address('nobody'), say('hello?')));
    bench.start();
    bench.tell(one, 'x');
    bench.run();
    expect(bench.dead.map(({ from, to }) => [formatAddress(from), formatAddress(to)])).toEqual([['here/group/one', 'here/group/nobody']]);
  });
});

describe('an actor', () => {
  test('finds what it persisted in earlier lives when it begins, and does not keep it alive', () => {
    const bench = new Bench();
    const found: number[] = [];
    const look = (context: ActorContext): number => found.push([...context.recovered.records].length);
    const actor = handling(
      (_said, _effects, context) => look(context),
      (_effects, context) => look(context),
    );
    bench.system.add(bench.address('one'), actor, { records: [bytes('a'), bytes('b')] });
    bench.start();
    bench.tell(bench.address('one'), 'x');
    bench.run();
    expect(found).toEqual([2]);
    expect(bench.failures).toMatchObject([{ code: 'LATE_ACTOR' }]);
  });
});

describe('an address', () => {
  test('is one object, however often it is asked for', () => {
    const book = new AddressBook(['a']);
    expect(book.of('a', 'g', 'r')).toBe(book.of('a', 'g', 'r'));
    expect(book.of('a', 'g', 'r')).not.toBe(book.of('b', 'g', 'r'));
    expect(Object.isFrozen(book.of('a', 'g', 'r'))).toBe(true);
  });

  test('of a node of the topology stays the same object while strangers come and go', () => {
    const book = new AddressBook(['a']);
    const kept = book.of('a', 'g', 'r');
    const stranger = book.of('stranger', 'g', 'r');
    for (let i = 0; i < 20_000; i++) book.of(`client-${i}`, 'g', 'r');
    expect(book.of('a', 'g', 'r')).toBe(kept);
    expect(book.of('stranger', 'g', 'r')).not.toBe(stranger);
    expect(book.of('stranger', 'g', 'r')).toEqual(stranger);
  });
});
