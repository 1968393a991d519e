import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { globMatches } from '../../examples/kv/src/store/glob.js';
import { type Entry, Trie } from '../../examples/kv/src/store/trie.js';
import { call, Replica, scanAll } from './support/store.js';

const entry = (key: string, hash: number, value = ''): Entry => ({ key, hash, value, a: 0, b: 0, deadline: undefined });

describe('the trie', () => {
  test('holds keys of equal and of nearly equal hashes apart', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ maxLength: 2 }), fc.constantFrom(0, 1, 2, 3, -1, 1 << 31)), { maxLength: 200 }),
        (pairs) => {
          const trie = new Trie();
          const model = new Map<string, Entry>();
          for (const [key, hash] of pairs) {
            const put = entry(key, hash);
            expect(trie.set(put)).toBe(model.get(`${hash} ${key}`));
            model.set(`${hash} ${key}`, put);
          }
          expect(trie.size).toBe(model.size);
          expect(trie.page(0, 1000, 1 << 20).entries).toHaveLength(model.size);
          for (const { key, hash } of model.values()) expect(trie.delete(key, hash)?.key).toBe(key);
          expect(trie.size).toBe(0);
        },
      ),
    );
  });

  test('a frozen view keeps what is changed, added and deleted later', () => {
    const trie = new Trie();
    for (let i = 0; i < 1000; i++) trie.set(entry(`k${i}`, Math.imul(i, 0x9e3779b1), 'old'));
    const frozen = trie.freeze();
    for (let i = 0; i < 1000; i += 2) trie.set(entry(`k${i}`, Math.imul(i, 0x9e3779b1), 'new'));
    for (let i = 1; i < 1000; i += 2) trie.delete(`k${i}`, Math.imul(i, 0x9e3779b1));
    trie.set(entry('added', 7));
    const values = [...frozen].map(({ value }) => value);
    expect(values).toHaveLength(1000);
    expect(new Set(values)).toEqual(new Set(['old']));
    trie.clear();
    expect([...frozen]).toHaveLength(1000);
  });
});

describe('SCAN', () => {
  test('returns every key once while others come and go, and goes on at another replica', () => {
    const replica = new Replica();
    const stay = Array.from({ length: 3000 }, (_, i) => `stay${i}`);
    for (const key of stay) replica.run('SET', key, 'x');
    const other = new Replica();
    for (const key of stay.toReversed()) other.run('SET', key, 'x');
    let n = 0;
    const found = scanAll(replica, 7, () => {
      replica.run('SET', `come${n++}`, 'x');
      if (n % 3 === 0) replica.run('DEL', `come${n - 3}`);
    }).filter((key) => key.startsWith('stay'));
    expect(found.sort()).toEqual(stay.toSorted());

    const [cursor, first] = replica.ask('SCAN', 0, 'COUNT', 500) as [string, string[]];
    const rest: string[] = [];
    for (let next = cursor; next !== '0'; ) {
      const page = other.ask('SCAN', next, 'COUNT', 500) as [string, string[]];
      rest.push(...page[1]);
      next = page[0];
    }
    expect([...first.filter((key) => key.startsWith('stay')), ...rest].sort()).toEqual(stay.toSorted());
  });
});

test('patterns match as Redis matches them', () => {
  const matches: readonly (readonly [string, string, boolean])[] = [
    ['*', '', true],
    ['h?llo', 'hello', true],
    ['h?llo', 'hllo', false],
    ['h*llo', 'hllo', true],
    ['h*llo', 'heeeello', true],
    ['h[ae]llo', 'hallo', true],
    ['h[ae]llo', 'hillo', false],
    ['h[^e]llo', 'hallo', true],
    ['h[^e]llo', 'hello', false],
    ['h[a-c]llo', 'hbllo', true],
    ['h[c-a]llo', 'hbllo', true],
    ['h\\*llo', 'h*llo', true],
    ['h\\*llo', 'hello', false],
    ['[\\]]', ']', true],
    ['[a', 'a', true],
    ['a*b*c', 'axxbxxbc', true],
    ['a*b*c', 'axxbxxcb', false],
    ['\xff*', '\xffx', true],
    ['', 'a', false],
    ['ab', 'abc', false],
  ];
  for (const [pattern, text, expected] of matches) expect([pattern, text, globMatches(pattern, text)]).toEqual([pattern, text, expected]);
});

describe('a snapshot', () => {
  test('comes in pieces of at most 64 KiB, and restores whatever way the pieces are cut', () => {
    const replica = new Replica();
    for (let i = 0; i < 2000; i++) replica.run('SET', `key${i}`, 'v'.repeat(i % 200), ...(i % 3 === 0 ? ['PX', i + 1] : []));
    replica.run('SET', 'large', '\xfe'.repeat(300_000));
    const pieces = [...replica.machine.snapshot()];
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map(({ length }) => length))).toBe(64 << 10);
    const whole = Buffer.concat(pieces);
    for (const size of [7, 1000, whole.length]) {
      const cut = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => whole.subarray(i * size, (i + 1) * size));
      const copy = new Replica();
      copy.machine.restore(cut);
      expect(copy.digest).toBe(replica.digest);
      expect(copy.machine.deadline()).toBe(replica.machine.deadline());
    }
  });

  test('that is cut short or not ours is refused and changes nothing', () => {
    const replica = new Replica();
    replica.run('SET', 'k', 'v');
    const pieces = Buffer.concat([...replica.machine.snapshot()]);
    const { digest } = replica;
    expect(() => replica.machine.restore([pieces.subarray(0, pieces.length - 1)])).toThrow('1 bytes early');
    expect(() => replica.machine.restore([Buffer.from('something else, surely')])).toThrow('not a snapshot');
    expect(replica.digest).toBe(digest);
  });

  test('of 200,000 keys takes no time to begin, holds up no write, and costs little per piece', () => {
    const replica = new Replica();
    for (let i = 0; i < 200_000; i += 1000)
      replica.runAll(...Array.from({ length: 1000 }, (_, j) => call('SET', `key:${i + j}`, 'x'.repeat(64))));
    const slowest: Record<string, number> = { begin: 0, pull: 0, write: 0 };
    const timed = <T>(name: string, work: () => T): T => {
      const before = process.cpuUsage();
      const result = work();
      const { user, system } = process.cpuUsage(before);
      slowest[name] = Math.max(slowest[name]!, (user + system) / 1000);
      return result;
    };
    const pieces = timed('begin', () => replica.machine.snapshot()[Symbol.iterator]());
    for (let n = 0; !timed('pull', () => pieces.next()).done; n++)
      timed('write', () => replica.run('SET', `key:${(n * 7919) % 200_000}`, 'y'));
    // The requirement is 50 ms a turn. CPU time, garbage collection and all, does not depend on what else the machine does.
    expect(Math.max(...Object.values(slowest)), JSON.stringify(slowest)).toBeLessThan(50);
  });
});
