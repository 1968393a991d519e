import { describe, expect, test } from 'vitest';
import { call, plain, Replica } from './support/store.js';

/** Runs lines such as `SET k v -> OK` one after the other. `nil` stands for null. */
const transcript = (text: string, replica = new Replica()): Replica => {
  for (const line of text.trim().split('\n')) {
    const [command, expected] = line.trim().split(' -> ') as [string, string];
    const words = command.split(' ').map((word) => (word === '""' ? '' : word));
    const reply = replica.run(...(words as [string, ...string[]]));
    const shown = reply === null ? 'nil' : reply === '' ? '""' : Array.isArray(reply) ? JSON.stringify(reply) : String(reply);
    expect(`${command} -> ${shown}`).toBe(`${command} -> ${expected}`);
  }
  return replica;
};

describe('strings answer what Redis answers', () => {
  test('SET and GET, with every option', () => {
    transcript(`
      GET k -> nil
      SET k v -> OK
      GET k -> v
      SET k w GET -> v
      SET new w GET -> nil
      SET k x NX -> nil
      SET k x nx get -> w
      SET other x NX -> OK
      SET absent x XX -> nil
      SET absent x XX GET -> nil
      SET k y XX -> OK
      SET k "" -> OK
      STRLEN k -> 0
      SET k v NX XX -> (error) ERR syntax error
      SET k v EX 10 PX 10 -> (error) ERR syntax error
      SET k v EX 10 KEEPTTL -> (error) ERR syntax error
      SET k v KEEPTTL EX 10 -> (error) ERR syntax error
      SET k v EX -> (error) ERR syntax error
      SET k v NONSENSE -> (error) ERR syntax error
      SET k v EX ten -> (error) ERR value is not an integer or out of range
      SET k v EX 0 -> (error) ERR invalid expire time in 'set' command
      SET k v PX -5 -> (error) ERR invalid expire time in 'set' command
      SET k v EX 9223372036854775807 -> (error) ERR invalid expire time in 'set' command
      GET k -> ""`);
  });

  test('GETDEL, MGET, MSET, DEL, EXISTS, TYPE and DBSIZE', () => {
    transcript(`
      MSET a 1 b 2 a 3 -> OK
      MGET a b c -> ["3","2",null]
      EXISTS a a c b -> 3
      TYPE a -> string
      TYPE c -> none
      DBSIZE -> 2
      GETDEL a -> 3
      GETDEL a -> nil
      DEL a b b -> 1
      DBSIZE -> 0`);
  });

  test('APPEND and STRLEN', () => {
    transcript(`
      STRLEN k -> 0
      APPEND k Hello -> 5
      APPEND k "" -> 5
      APPEND k World -> 10
      GET k -> HelloWorld
      STRLEN k -> 10`);
  });

  test('INCR and its kin count with 64 bits and refuse what is no integer', () => {
    transcript(`
      INCR n -> 1
      INCRBY n 41 -> 42
      DECR n -> 41
      DECRBY n -9 -> 50
      SET n 9007199254740991 -> OK
      INCR n -> 9007199254740992
      INCR n -> 9007199254740993
      DECRBY n 9007199254740993 -> 0
      SET n 9223372036854775806 -> OK
      INCR n -> 9223372036854775807
      INCR n -> (error) ERR increment or decrement would overflow
      GET n -> 9223372036854775807
      DECRBY n -9223372036854775808 -> (error) ERR decrement would overflow
      INCRBY n -9223372036854775808 -> -1
      INCRBY n -9223372036854775807 -> -9223372036854775808
      DECR n -> (error) ERR increment or decrement would overflow
      INCRBY n 9223372036854775808 -> (error) ERR value is not an integer or out of range
      SET n 007 -> OK
      INCR n -> (error) ERR value is not an integer or out of range
      SET n -0 -> OK
      INCR n -> (error) ERR value is not an integer or out of range
      SET n 1.5 -> OK
      INCRBY n 1 -> (error) ERR value is not an integer or out of range
      INCRBY absent 1e3 -> (error) ERR value is not an integer or out of range
      EXISTS absent -> 0
      SET n -12 -> OK
      INCR n -> -11`);
  });

  test('a value may not grow beyond its limit', () => {
    const replica = new Replica();
    const most = 'x'.repeat(4 << 20);
    expect(replica.run('SET', 'k', `${most}x`)).toMatch(/^\(error\) ERR string exceeds maximum allowed size/);
    expect(replica.run('SET', 'k', most)).toBe('OK');
    expect(replica.run('APPEND', 'k', 'x')).toMatch(/^\(error\) ERR string exceeds maximum allowed size/);
  });

  test('a batch stops behind replies that are too large, having done nothing of the rest; a transaction goes on without them', () => {
    const replica = new Replica();
    const large = 'x'.repeat(3 << 20);
    for (const key of ['a', 'b', 'c']) replica.run('SET', key, large);
    const gets = [call('GETDEL', 'a'), call('GETDEL', 'b'), call('GETDEL', 'c'), call('SET', 'd', 1)];
    expect(replica.runAll(...gets)).toEqual([large, large]);
    expect(replica.ask('EXISTS', 'a', 'b', 'c', 'd')).toBe(1);
    expect(replica.ask('MGET', 'c', 'c')).toMatch('ERR reply too large');
    const [replies] = replica.machine.apply([{ transaction: [call('GET', 'c'), call('GET', 'c'), ...gets.slice(2)] }], {
      index: 9,
      time: 0,
    });
    expect(plain(replies!)).toEqual([large, large, expect.stringMatching('nothing happened'), 'OK']);
    expect(replica.ask('EXISTS', 'c', 'd')).toBe(2);
  });

  test('keys and values are bytes: every one of the 256 comes back', () => {
    const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
    const replica = new Replica();
    replica.run('SET', bytes, bytes + bytes);
    expect(replica.run('GET', bytes)).toBe(bytes + bytes);
    expect(replica.ask('SCAN', 0)).toEqual(['0', [bytes]]);
  });
});

describe('keys expire by log time alone', () => {
  test('a key is gone at its deadline, by a tick and without a write', () => {
    const replica = new Replica();
    replica.run('SET', 'k', 'v', 'PX', 500);
    expect(replica.machine.deadline()).toBe(replica.time + 500);
    replica.tick(replica.time + 499);
    expect(replica.ask('GET', 'k')).toBe('v');
    replica.tick(replica.time + 1);
    expect(replica.ask('GET', 'k')).toBeNull();
    expect(replica.ask('DBSIZE')).toBe(0);
    expect(replica.machine.deadline()).toBeUndefined();
  });

  test('a command at or after the deadline finds the key gone even if nobody ticked', () => {
    const replica = new Replica();
    replica.run('SET', 'n', 41, 'EX', 1);
    replica.time += 1000;
    expect(replica.run('INCR', 'n')).toBe(1);
    expect(replica.run('TTL', 'n')).toBe(-1);
  });

  test('TTL, PTTL, EXPIRE, PEXPIRE and PERSIST', () => {
    const replica = transcript(`
      TTL k -> -2
      PTTL k -> -2
      EXPIRE k 10 -> 0
      SET k v -> OK
      TTL k -> -1
      PTTL k -> -1
      PERSIST k -> 0
      EXPIRE k 100 -> 1
      TTL k -> 100
      PEXPIRE k 1500 -> 1
      PTTL k -> 1500
      TTL k -> 2
      PERSIST k -> 1
      TTL k -> -1
      EXPIRE k 10 XX -> 0
      EXPIRE k 10 GT -> 0
      EXPIRE k 10 NX -> 1
      EXPIRE k 20 NX -> 0
      EXPIRE k 5 GT -> 0
      EXPIRE k 20 GT -> 1
      EXPIRE k 30 LT -> 0
      EXPIRE k 10 LT XX -> 1
      TTL k -> 10
      EXPIRE k 1 NX XX -> (error) ERR NX and XX, GT or LT options at the same time are not compatible
      EXPIRE k 1 GT LT -> (error) ERR GT and LT options at the same time are not compatible
      EXPIRE k 1 SOON -> (error) ERR Unsupported option SOON
      EXPIRE k soon -> (error) ERR value is not an integer or out of range
      EXPIRE k 9223372036854775807 -> (error) ERR invalid expire time in 'expire' command
      EXPIRE k -1 -> 1
      EXISTS k -> 0`);
    replica.run('SET', 'k', 'v', 'EX', 10);
    replica.time += 4000;
    expect(replica.run('PTTL', 'k')).toBe(6000);
  });

  test('SET drops the deadline, KEEPTTL, INCR and APPEND keep it', () => {
    transcript(`
      SET k 1 EX 100 -> OK
      INCR k -> 2
      APPEND k 0 -> 2
      SET k 5 KEEPTTL -> OK
      TTL k -> 100
      SET k 5 -> OK
      TTL k -> -1`);
  });

  test('EXAT and PXAT name a time of the log; one that has passed leaves no key', () => {
    const replica = new Replica();
    expect(replica.run('SET', 'k', 'v', 'EXAT', 1005)).toBe('OK');
    expect(replica.run('PTTL', 'k')).toBe(5000);
    expect(replica.run('SET', 'k', 'v', 'PXAT', 1_000_007)).toBe('OK');
    expect(replica.run('PTTL', 'k')).toBe(7);
    expect(replica.run('SET', 'k', 'v', 'PXAT', 999)).toBe('OK');
    expect(replica.run('EXISTS', 'k')).toBe(0);
  });

  test('many keys due at once go a thousand at a time, in the same order everywhere, and none is seen meanwhile', () => {
    const replicas = [new Replica(), new Replica()] as const;
    for (let i = 0; i < 2500; i++) replicas[0].run('SET', `k${i}`, i, 'PX', 100);
    for (let i = 2499; i >= 0; i--) replicas[1].run('SET', `k${i}`, i, 'PX', 100);
    for (const replica of replicas) replica.tick(replica.time + 100);
    expect(replicas[0].ask('DBSIZE')).toBe(1500);
    expect(replicas[0].digest).toBe(replicas[1].digest);
    expect(replicas[0].ask('SCAN', 0, 'COUNT', 5000)).toEqual(['0', []]);
    replicas[0].settle();
    expect(replicas[0].ask('DBSIZE')).toBe(0);
  });
});

describe('KEYS, SCAN and FLUSHALL', () => {
  test('SCAN filters by MATCH and TYPE, and refuses what Redis refuses', () => {
    transcript(`
      MSET user:1 a user:2 b item:1 c -> OK
      SCAN 0 MATCH item:* COUNT 100 -> ["0",["item:1"]]
      SCAN 0 TYPE hash COUNT 100 -> ["0",[]]
      SCAN 99999999999 -> ["0",[]]
      SCAN x -> (error) ERR invalid cursor
      SCAN -1 -> (error) ERR invalid cursor
      SCAN 0 COUNT 0 -> (error) ERR syntax error
      SCAN 0 COUNT many -> (error) ERR value is not an integer or out of range
      SCAN 0 MATCH -> (error) ERR syntax error
      FLUSHALL SOON -> (error) ERR syntax error
      FLUSHALL ASYNC -> OK
      DBSIZE -> 0`);
  });

  test('FLUSHALL forgets deadlines and brings the digest back to that of an empty store', () => {
    const replica = new Replica();
    const empty = replica.digest;
    replica.run('SET', 'k', 'v', 'EX', 10);
    expect(replica.digest).not.toBe(empty);
    replica.run('FLUSHALL');
    expect(replica.digest).toBe(empty);
    expect(replica.machine.deadline()).toBeUndefined();
  });
});

test('a transaction has one reply, and its reads see its writes', () => {
  const { machine } = new Replica();
  const { command, result } = machine.codecs;
  const request = { transaction: [call('SET', 'a', 1), call('INCR', 'a'), call('GET', 'a'), call('INCRBY', 'a', 'x')] };
  const replies = machine.apply(command.decode(command.encode([request, call('GET', 'a')])), { index: 0, time: 0 });
  expect(result.decode(result.encode(replies)).map(plain)).toEqual([
    ['OK', 2, '2', '(error) ERR value is not an integer or out of range'],
    '2',
  ]);
});

test('a query that would write is refused, and bytes that are no command do not decode', () => {
  const replica = new Replica();
  expect(() => replica.ask('SET', 'a', '1')).toThrow('SET is no query');
  const { command } = replica.machine.codecs;
  const good = command.encode([]);
  expect(() => command.decode(Uint8Array.of(9, 0))).toThrow('format 9');
  expect(() => command.decode(Uint8Array.of(1, 1, 200, 0))).toThrow('unknown command number 200');
  expect(() => command.decode(Uint8Array.of(1, 1, 1, 0))).toThrow('GET with 0 arguments');
  expect(() => command.decode(Uint8Array.of(...good, 0))).toThrow('too many');
});
