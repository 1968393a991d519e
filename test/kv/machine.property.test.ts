import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Replica, scanAll } from './support/store.js';

/** What the store should hold: a plain Map, and a deadline beside the value. */
class Model {
  readonly entries = new Map<string, { value: string; at: number | undefined }>();

  constructor(public time: number) {}

  live(key: string): { value: string; at: number | undefined } | undefined {
    const entry = this.entries.get(key);
    return entry !== undefined && (entry.at === undefined || entry.at > this.time) ? entry : undefined;
  }

  clear(): 'OK' {
    this.entries.clear();
    return 'OK';
  }

  contents(): Record<string, string> {
    const all = [...this.entries].filter(([key]) => this.live(key) !== undefined).map(([key, { value }]) => [key, value] as const);
    return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** One step: what to send, and what it means. */
interface Step {
  readonly words: readonly [string, ...(string | number)[]];
  readonly expected: (model: Model) => unknown;
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', '\0\xff');
const text = fc.string({ maxLength: 8 }).map((s) => s.replace(/[^\0-\xff]/g, '?'));
const value = fc.oneof(text, fc.integer({ min: -20, max: 20 }).map(String));
const ms = fc.integer({ min: 1, max: 300 });

const put = (model: Model, name: string, content: string, at: number | undefined): 'OK' => {
  model.entries.set(name, { value: content, at });
  return 'OK';
};

const step: fc.Arbitrary<Step> = fc.oneof(
  key.map((k): Step => ({ words: ['GET', k], expected: (m) => m.live(k)?.value ?? null })),
  key.map((k): Step => ({ words: ['EXISTS', k, k], expected: (m) => (m.live(k) ? 2 : 0) })),
  key.map((k): Step => ({ words: ['STRLEN', k], expected: (m) => m.live(k)?.value.length ?? 0 })),
  key.map(
    (k): Step => ({
      words: ['PTTL', k],
      expected: (m) => {
        const entry = m.live(k);
        return entry === undefined ? -2 : entry.at === undefined ? -1 : entry.at - m.time;
      },
    }),
  ),
  fc.tuple(key, value).map(
    ([k, v]): Step => ({
      words: ['SET', k, v],
      expected: (m) => put(m, k, v, undefined),
    }),
  ),
  fc.tuple(key, value, ms).map(
    ([k, v, px]): Step => ({
      words: ['SET', k, v, 'PX', px],
      expected: (m) => put(m, k, v, m.time + px),
    }),
  ),
  fc.tuple(key, value, fc.constantFrom('NX', 'XX'), fc.boolean()).map(
    ([k, v, condition, keep]): Step => ({
      words: ['SET', k, v, condition, 'GET', ...(keep ? ['KEEPTTL'] : [])],
      expected: (m) => {
        const previous = m.live(k);
        if ((condition === 'XX') === (previous !== undefined)) put(m, k, v, keep ? previous?.at : undefined);
        return previous?.value ?? null;
      },
    }),
  ),
  fc.tuple(key, value, key, value).map(
    ([k, v, l, w]): Step => ({
      words: ['MSET', k, v, l, w],
      expected: (m) => put(m, k, v, undefined) && put(m, l, w, undefined),
    }),
  ),
  fc.tuple(key, key).map(
    ([k, l]): Step => ({
      words: ['DEL', k, l],
      expected: (m) => [k, l].filter((each) => (m.live(each) ? m.entries.delete(each) : false)).length,
    }),
  ),
  key.map(
    (k): Step => ({
      words: ['GETDEL', k],
      expected: (m) => {
        const previous = m.live(k)?.value ?? null;
        m.entries.delete(k);
        return previous;
      },
    }),
  ),
  fc.tuple(key, text).map(
    ([k, tail]): Step => ({
      words: ['APPEND', k, tail],
      expected: (m) => {
        const entry = m.live(k);
        put(m, k, (entry?.value ?? '') + tail, entry?.at);
        return (entry?.value ?? '').length + tail.length;
      },
    }),
  ),
  fc.tuple(key, fc.integer({ min: -9, max: 9 })).map(
    ([k, by]): Step => ({
      words: ['INCRBY', k, by],
      expected: (m) => {
        const entry = m.live(k);
        const current = entry?.value ?? '0';
        if (!/^(0|-?[1-9][0-9]*)$/.test(current)) return '(error) ERR value is not an integer or out of range';
        put(m, k, String(Number(current) + by), entry?.at);
        return Number(current) + by;
      },
    }),
  ),
  fc.tuple(key, fc.integer({ min: -50, max: 300 })).map(
    ([k, px]): Step => ({
      words: ['PEXPIRE', k, px],
      expected: (m) => {
        const entry = m.live(k);
        if (entry === undefined) return 0;
        put(m, k, entry.value, m.time + px);
        return 1;
      },
    }),
  ),
  key.map(
    (k): Step => ({
      words: ['PERSIST', k],
      expected: (m) => {
        const entry = m.live(k);
        if (entry?.at === undefined) return 0;
        put(m, k, entry.value, undefined);
        return 1;
      },
    }),
  ),
  fc.constant<Step>({ words: ['FLUSHALL'], expected: (m) => m.clear() }),
);

/** Time passes, with or without the core's tick. */
type Event = { readonly pass: number; readonly tick: boolean } | { readonly do: Step };

const events = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: step.map((each): Event => ({ do: each })) },
    { weight: 1, arbitrary: fc.record({ pass: ms, tick: fc.boolean() }) },
  ),
  { maxLength: 60 },
);

const play = (replica: Replica, model: Model, script: readonly Event[]): void => {
  for (const event of script) {
    if ('do' in event) {
      const expected = event.do.expected(model);
      expect([event.do.words, replica.run(...event.do.words)]).toEqual([event.do.words, expected]);
    } else {
      model.time += event.pass;
      if (event.tick) replica.tick(model.time);
      else replica.time = model.time;
    }
  }
};

const contents = (replica: Replica): Record<string, unknown> =>
  Object.fromEntries(
    scanAll(replica)
      .sort()
      .map((name) => [name, replica.ask('GET', name)]),
  );

test('the store does what a plain Map with deadlines does', () => {
  fc.assert(
    fc.property(events, (script) => {
      const replica = new Replica();
      const model = new Model(replica.time);
      play(replica, model, script);
      replica.tick(model.time);
      expect(contents(replica)).toEqual(model.contents());
      const next = Math.min(...[...model.entries.values()].map(({ at }) => at ?? Number.POSITIVE_INFINITY).filter((at) => at > model.time));
      expect(replica.machine.deadline() ?? Number.POSITIVE_INFINITY).toBe(next);
    }),
    { numRuns: 500 },
  );
});

test('a snapshot restores to the same store, whatever is written while it is pulled, and the copy goes on as the original would', () => {
  fc.assert(
    fc.property(events, events, (before, after) => {
      const original = new Replica();
      const model = new Model(original.time);
      play(original, model, before);
      const pieces = original.machine.snapshot();
      const digest = original.digest;
      const time = original.time;

      // The copy pulls only after the original has gone on.
      const copy = new Replica();
      copy.time = time;
      const copyModel = new Model(model.time);
      for (const [name, entry] of model.entries) copyModel.entries.set(name, entry);
      play(original, model, after);
      copy.machine.restore(pieces);
      expect(copy.digest).toBe(digest);
      play(copy, copyModel, after);
      expect(copy.digest).toBe(original.digest);
      expect(copy.machine.deadline()).toBe(original.machine.deadline());
    }),
    { numRuns: 300 },
  );
});

test('the digest depends on what is there and not on how it came about', () => {
  fc.assert(
    fc.property(events, (script) => {
      const replica = new Replica();
      const model = new Model(replica.time);
      play(replica, model, script);
      replica.tick(model.time);
      const rebuilt = new Replica();
      rebuilt.time = model.time;
      for (const name of Object.keys(model.contents()).reverse()) {
        const { value: content, at } = model.live(name)!;
        rebuilt.run('SET', name, content, ...(at === undefined ? [] : ['PXAT', at]));
      }
      expect(rebuilt.digest).toBe(replica.digest);
    }),
    { numRuns: 300 },
  );
});
