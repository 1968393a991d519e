import { type Actor, react, StorageError } from '@synod/core';
import { filter, map, retry, switchMap, tap } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { ActorSystem } from '../../../packages/core/src/actor/system.js';
import { Tracer } from '../../../packages/core/src/actor/tracer.js';
import { Bench, bytes, handling, type Say, say } from './bench.js';

describe('fail-stop', () => {
  test('a throw in a handler stops the node before another message is handled', () => {
    const bench = new Bench();
    const one = bench.add('one', (said, effects) => {
      effects.send(bench.address('other', 'there'), say(`about to ${said}`));
      if (said === 'fail') throw new Error('no more');
    });
    const two = bench.add('two', () => {});
    bench.start();
    bench.tell(one, 'go', 'fail', 'never');
    bench.tell(two, 'never');
    bench.run();
    expect(bench.failures.map(({ message }) => message)).toEqual(['no more']);
    expect(bench.log).toEqual(['one < go', 'one < fail']);
    bench.tell(two, 'later');
    bench.scheduler.runUntil(1000);
    expect(bench.log).toHaveLength(2);
  });

  test('what a handler does after its node has failed has no effect', () => {
    const bench = new Bench();
    const one = bench.add('one', (_, effects) => {
      effects.checkpoint([], say('done'));
      effects.checkpoint([], say('done'));
      effects.persist(bytes('x'));
      effects.send(bench.address('other', 'there'), say('x'));
      effects.startTimer('t', 1, say('t'));
    });
    bench.start();
    bench.tell(one, 'go');
    bench.scheduler.runUntil(100);
    expect(bench.failures).toHaveLength(1);
    expect(bench.log).toEqual(['one < go', 'checkpoint one']);
  });

  test.each<[string, (actor: Actor) => Actor]>([
    [
      'on the way in',
      (actor) => (mailbox$, context) =>
        actor(
          mailbox$.pipe(
            tap(({ message }) => {
              if ('text' in message && message.text === 'bad') throw new Error('operator');
            }),
          ),
          context,
        ),
    ],
    [
      'on the way out',
      (actor) => (mailbox$, context) =>
        actor(mailbox$, context).pipe(
          map((effect) => {
            if (effect.effect === 'send' && 'text' in effect.message && effect.message.text === 're bad') throw new Error('operator');
            return effect;
          }),
        ),
    ],
  ])('a throw in an operator %s stops the node', (_, decorate) => {
    const bench = new Bench();
    const handled: string[] = [];
    const one = bench.addActor(
      'one',
      decorate(
        handling((said, effects) => {
          handled.push(said);
          effects.send(bench.address('other', 'there'), say(`re ${said}`));
        }),
      ),
    );
    bench.start();
    bench.tell(one, 'good', 'bad', 'never');
    bench.run();
    expect(bench.failures.map(({ message }) => message)).toEqual(['operator']);
    expect(handled).not.toContain('never');
    expect(bench.log).toEqual([]);
  });

  test('a throw while an actor starts stops the node', () => {
    const bench = new Bench();
    bench.add(
      'one',
      () => {},
      () => {
        throw new Error('cannot start');
      },
    );
    bench.start();
    expect(bench.failures.map(({ message }) => message)).toEqual(['cannot start']);
  });

  test('a throw while an actor is made stops the node', () => {
    const bench = new Bench();
    bench.addActor(
      'one',
      react(() => {
        throw new Error('cannot recover');
      }),
    );
    bench.start();
    expect(bench.failures.map(({ message }) => message)).toEqual(['cannot recover']);
  });

  test.each<[string, (actor: Actor) => Actor]>([
    ['late', (actor) => (mailbox$, context) => mailbox$.pipe(switchMap(() => actor(mailbox$, context)))],
    ['again', (actor) => (mailbox$, context) => actor(mailbox$, context).pipe(retry(1))],
  ])('an actor that is subscribed to %s stops the node: what it persisted before is not there any more', (_, decorate) => {
    const bench = new Bench();
    const actor = react<Say>((context) => {
      const records = [...context.recovered.records];
      return {
        say() {
          throw new Error(`begin again without ${records.length} records`);
        },
      };
    }) as Actor;
    const one = bench.addActor('one', decorate(actor));
    bench.start();
    bench.tell(one, 'go');
    bench.run();
    expect(bench.failures).toMatchObject([{ name: 'ConfigurationError', code: 'LATE_ACTOR' }]);
  });

  test('an append that fails stops the node, and what waited for it never leaves', () => {
    const bench = new Bench();
    const one = bench.add('one', (said, effects) => {
      effects.persist(bytes(said));
      effects.send(bench.address('other', 'there'), say(said));
    });
    bench.start();
    bench.tell(one, 'a');
    bench.run();
    bench.tell(one, 'b');
    bench.run();
    bench.journal.breakDown(new Error('EIO'));
    bench.scheduler.runUntil(100);
    expect(bench.failures).toHaveLength(1);
    expect(bench.failures[0]).toBeInstanceOf(StorageError);
    expect(bench.failures[0]).toMatchObject({ code: 'STORAGE_FAILED', message: expect.stringContaining('EIO') });
    expect(bench.log).toEqual(['one < a', 'append one:a', 'one < b']);
  });

  test('a throw of the journal itself, of the outbox or of the transport under it stops the node too', () => {
    for (const broken of ['append', 'flush'] as const) {
      const bench = new Bench();
      const failures: string[] = [];
      const fail = (): never => {
        throw new Error(broken);
      };
      const system = new ActorSystem(
        {
          ...({ node: 'here', generation: 'g', position: 0, random: { uint32: () => 0 } } as const),
          tracer: new Tracer('here', 'off', () => 0),
          logger: { debug() {}, info() {}, warn() {}, error() {} },
          addresses: bench.addresses,
          scheduler: bench.scheduler,
          wallClock: () => 0,
          journal: broken === 'append' ? { append: fail, checkpoint: fail } : bench.journal,
          outbox: { push: () => {}, flush: broken === 'flush' ? fail : () => {} },
        },
        ({ message }) => failures.push(message),
      );
      const one = bench.address('one');
      const handled: string[] = [];
      system.add(
        one,
        handling((said, effects) => {
          handled.push(said);
          effects.send(bench.address('other', 'there'), say('x'));
          effects.persist(bytes('r'));
        }),
      );
      system.start();
      system.deliver({ from: one, to: one, message: say('a') });
      expect(() => bench.run()).not.toThrow();
      expect(failures).toEqual([expect.stringContaining(broken)]);
      system.deliver({ from: one, to: one, message: say('b') });
      bench.run();
      expect(handled).toEqual(['a']);
    }
  });

  test('a checkpoint that throws once an append ends, outside any turn, stops the node as well', () => {
    const bench = new Bench();
    const one = bench.add('one', (_, effects) => {
      effects.persist(bytes('x'));
      effects.checkpoint([], say('done'));
    });
    bench.start();
    bench.tell(one, 'go');
    bench.run();
    bench.journal.checkpoint = () => {
      throw new Error('no room');
    };
    bench.journal.durable();
    expect(bench.failures).toMatchObject([{ code: 'STORAGE_FAILED', message: expect.stringContaining('no room') }]);
  });

  test('is told once, whatever else goes wrong afterwards', () => {
    const bench = new Bench();
    const one = bench.add('one', (said, effects) => {
      effects.persist(bytes(said));
      if (said === 'fail') throw new Error('first');
    });
    bench.start();
    bench.tell(one, 'a');
    bench.run();
    bench.tell(one, 'fail');
    bench.run();
    bench.journal.breakDown(new Error('second'));
    bench.scheduler.runUntil(100);
    expect(bench.failures.map(({ message }) => message)).toEqual(['first']);
  });

  test('a halted node takes no more, and an append that ends later changes nothing', () => {
    const bench = new Bench();
    const one = bench.add('one', (said, effects) => {
      effects.persist(bytes(said));
      effects.send(bench.address('other', 'there'), say(said));
    });
    bench.start();
    bench.tell(one, 'a');
    bench.run();
    bench.system.halt();
    bench.journal.durable();
    bench.scheduler.runUntil(100);
    expect(bench.log).toEqual(['one < a', 'append one:a', 'durable']);
    expect(bench.system.deliver({ from: one, to: one, message: say('b') })).toBe(false);
    expect(bench.failures).toEqual([]);
  });
});

describe('an actor', () => {
  test('is an operator, so that Rx composes around it', () => {
    const bench = new Bench();
    const inner = handling((said, effects) => effects.send(bench.address('other', 'there'), say(said)));
    const one = bench.addActor('one', (mailbox$, context) =>
      inner(mailbox$.pipe(filter(({ message }) => (message as { text?: string }).text !== 'noise')), context),
    );
    bench.start();
    bench.tell(one, 'signal', 'noise', 'signal');
    bench.run();
    expect(bench.log).toEqual(['frame signal signal']);
  });
});
