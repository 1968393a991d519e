import { OverloadedError, StoppedError, UnknownOutcomeError } from '@synod/core';
import { Redis } from 'ioredis';
import { EMPTY } from 'rxjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../examples/kv/src/server/limits.js';
import { RedisServer } from '../../examples/kv/src/server/redis-server.js';
import { backendOf, LocalClient } from './support/local-client.js';
import { RawClient } from './support/raw-client.js';

let store: LocalClient;
let server: RedisServer;
let port: number;
let redis: Redis;

beforeEach(async () => {
  store = new LocalClient();
  server = new RedisServer(backendOf(store));
  port = await server.listen({ host: '127.0.0.1', port: 0 });
  redis = new Redis({ port, host: '127.0.0.1', retryStrategy: null, lazyConnect: true });
  redis.on('error', () => {});
});

afterEach(async () => {
  redis.disconnect();
  await server.close();
});

const bulk = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

describe('a real Redis client', () => {
  test('connects, writes, reads, counts and lists keys', async () => {
    await redis.connect();
    expect(await redis.set('greeting', 'hello')).toBe('OK');
    expect(await redis.get('greeting')).toBe('hello');
    expect(await redis.incrby('n', 5)).toBe(5);
    expect(await redis.mget('greeting', 'none', 'n')).toEqual(['hello', null, '5']);
    expect((await redis.keys('*')).sort()).toEqual(['greeting', 'n']);
    expect(await redis.dbsize()).toBe(2);
    expect(await redis.type('n')).toBe('string');
    expect(await redis.scan(0)).toEqual(['0', expect.arrayContaining(['n', 'greeting'])]);
    expect(await redis.quit()).toBe('OK');
  });

  test('gets back the bytes that it set', async () => {
    await redis.connect();
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 256));
    await redis.set(bytes.subarray(0, 256), bytes);
    expect((await redis.getBuffer(bytes.subarray(0, 256)))?.equals(bytes)).toBe(true);
  });

  test('is told of errors in Redis’s own words', async () => {
    await redis.connect();
    await redis.set('s', 'text');
    await expect(redis.incr('s')).rejects.toThrow('ERR value is not an integer or out of range');
    await expect(redis.call('GET')).rejects.toThrow("ERR wrong number of arguments for 'get' command");
    await expect(redis.call('MSET', 'a')).rejects.toThrow("ERR wrong number of arguments for 'mset' command");
    await expect(redis.call('LPUSH', 'list', 'x y')).rejects.toThrow("ERR unknown command 'LPUSH', with args beginning with: 'list' 'x y'");
    await expect(redis.select(1)).rejects.toThrow('ERR DB index is out of range');
    await expect(redis.call('WATCH', 'a')).rejects.toThrow('ERR WATCH is not supported');
    expect(await redis.select(0)).toBe('OK');
  });

  test('runs a transaction as one command of the log', async () => {
    await redis.connect();
    store.sent.length = 0;
    const replies = await redis.multi().set('a', '1').incr('a').call('PING').get('a').exec();
    expect(replies).toEqual([
      [null, 'OK'],
      [null, 2],
      [null, 'PONG'],
      [null, '2'],
    ]);
    expect(store.sent).toEqual(['write (SET INCR GET)']);
  });

  test('has a transaction of reads alone answered by a query', async () => {
    await redis.connect();
    store.sent.length = 0;
    expect(await redis.multi().get('a').exists('a').exec()).toEqual([
      [null, null],
      [null, 0],
    ]);
    expect(store.sent).toEqual(['read (GET EXISTS)']);
  });

  test('sees in INFO which node it talks to, who leads, and how many keys there are', async () => {
    await redis.connect();
    await redis.set('k', 'v', 'EX', 10);
    const info = await redis.info();
    expect(info).toContain('synod_node:a\r\nsynod_state:running\r\nsynod_role:leader\r\nsynod_leader:a\r\nsynod_ballot:3.a\r\n');
    expect(info).toContain('synod_may_vote:no\r\nsynod_may_not_vote_because:it has no acceptor\r\n');
    expect(info).toContain('db0:keys=1,expires=1');
    expect(info).toContain(`tcp_port:${port}`);
    expect(await redis.info('keyspace')).toBe('# Keyspace\r\ndb0:keys=1,expires=1,avg_ttl=0\r\n');
  });
});

describe('a pipeline', () => {
  test('takes effect and is answered in order; writes side by side become one command of the log, reads one query', async () => {
    const client = await RawClient.to(port);
    const commands = [
      ['SET', 'a', '1'],
      ['INCR', 'a'],
      ['GET', 'a'],
      ['MGET', 'a', 'b'],
      ['PING'],
      ['DEL', 'a'],
      ['APPEND', 'b', 'x'],
      ['GET', 'b'],
    ];
    client.send(commands.map((words) => bulk(...words)).join(''));
    await client.expect('+OK\r\n:2\r\n$1\r\n2\r\n*2\r\n$1\r\n2\r\n$-1\r\n+PONG\r\n:1\r\n:1\r\n$1\r\nx\r\n');
    expect(store.sent).toEqual(['write SET INCR', 'read GET MGET', 'write DEL APPEND', 'read GET']);
    client.socket.destroy();
  });

  test('that comes in while a write is on its way gathers behind it, and another connection does not wait', async () => {
    let release = (): void => {};
    let arrived = (): void => {};
    const held = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    store.before = (sent) => {
      if (sent !== 'write INCR') return undefined;
      arrived();
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    };
    const slow = await RawClient.to(port);
    const other = await RawClient.to(port);
    slow.send(bulk('INCR', 'n'));
    await held;
    slow.send(bulk('SET', 'a', '1'));
    slow.send(bulk('SET', 'b', '2') + bulk('GET', 'n'));
    other.send(bulk('GET', 'n'));
    await other.expect('$-1\r\n');
    store.before = () => {};
    release();
    await slow.expect(':1\r\n+OK\r\n+OK\r\n$1\r\n1\r\n');
    expect(store.sent).toEqual(['write INCR', 'read GET', 'write SET SET', 'read GET']);
    slow.socket.destroy();
    other.socket.destroy();
  });

  test('of ten thousand commands from a real client comes back whole', async () => {
    await redis.connect();
    const pipeline = redis.pipeline();
    for (let i = 0; i < 10_000; i++) pipeline.set(`k${i}`, `v${i}`);
    for (let i = 0; i < 10_000; i++) pipeline.get(`k${i}`);
    const replies = (await pipeline.exec())!;
    expect(replies.slice(10_000).map(([, value]) => value)).toEqual(Array.from({ length: 10_000 }, (_, i) => `v${i}`));
    expect(store.sent.length).toBeLessThan(200);
  });
});

test('a pipeline whose replies are larger than one answer of the store is answered whole and in order', async () => {
  await redis.connect();
  const large = 'x'.repeat(3 << 20);
  const pipeline = redis.pipeline();
  for (let i = 0; i < 7; i++) pipeline.set(`k${i}`, `${i}${large}`);
  for (let i = 0; i < 7; i++) pipeline.getdel(`k${i}`);
  pipeline.dbsize();
  const replies = (await pipeline.exec())!.map(([, value]) => String(value).slice(0, 1));
  expect(replies.slice(7)).toEqual(['0', '1', '2', '3', '4', '5', '6', '0']);
});

describe('what the group could not do', () => {
  test('is -TIMEOUT if it may have happened, and refuses what stood behind it', async () => {
    store.before = (sent) => {
      if (sent.startsWith('write')) throw new UnknownOutcomeError('no outcome in time; it may have happened', () => EMPTY);
    };
    const client = await RawClient.to(port);
    client.send(bulk('SET', 'a', '1') + bulk('GET', 'a') + bulk('PING'));
    await client.expect(
      '-TIMEOUT no outcome in time; it may have happened\r\n' +
        '-UNAVAILABLE the outcome of the command before it is unknown, so nothing happened\r\n+PONG\r\n',
    );
    store.before = () => {};
    client.send(bulk('SET', 'a', '1'));
    await client.expect('+OK\r\n');
    client.socket.destroy();
  });

  test('is -UNAVAILABLE if nothing happened', async () => {
    await redis.connect();
    store.before = () => {
      throw new OverloadedError('the queue is full');
    };
    await expect(redis.set('a', '1')).rejects.toThrow(/^UNAVAILABLE the queue is full; nothing was sent, try again later$/);
    store.before = () => {
      throw new StoppedError('STOPPED', 'the node is stopping');
    };
    await expect(redis.get('a')).rejects.toThrow(/^UNAVAILABLE the node is stopping$/);
    await expect(redis.keys('*')).rejects.toThrow('UNAVAILABLE');
    expect(await redis.ping()).toBe('PONG');
    expect(await redis.info('synod')).toContain('synod_node:a');
  });
});

describe('MULTI', () => {
  test('answers QUEUED, and EXEC does nothing after a command that cannot be queued', async () => {
    const client = await RawClient.to(port);
    client.send('MULTI\r\nSET a 1\r\nGET\r\nSET b 2\r\nEXEC\r\nGET a\r\n');
    await client.expect(
      "+OK\r\n+QUEUED\r\n-ERR wrong number of arguments for 'get' command\r\n+QUEUED\r\n" +
        '-EXECABORT Transaction discarded because of previous errors.\r\n$-1\r\n',
    );
    client.send('MULTI\r\nNONSENSE\r\nEXEC\r\n');
    await client.expect(
      "+OK\r\n-ERR unknown command 'NONSENSE', with args beginning with: \r\n-EXECABORT Transaction discarded because of previous errors.\r\n",
    );
    client.send('MULTI\r\nMULTI\r\nWATCH a\r\nSET a 1\r\nDISCARD\r\nEXEC\r\nDISCARD\r\nGET a\r\nMULTI\r\nEXEC\r\n');
    await client.expect(
      '+OK\r\n-ERR MULTI calls can not be nested\r\n-ERR WATCH inside MULTI is not allowed\r\n+QUEUED\r\n+OK\r\n' +
        '-ERR EXEC without MULTI\r\n-ERR DISCARD without MULTI\r\n$-1\r\n+OK\r\n*0\r\n',
    );
    client.socket.destroy();
  });
});

describe('the door', () => {
  test('takes lines typed by hand, a byte at a time', async () => {
    const client = await RawClient.to(port);
    for (const char of 'SET k v\r\n\r\n  get   k \r\n') client.send(char);
    await client.expect('+OK\r\n$1\r\nv\r\n');
    for (const char of bulk('ECHO', 'a\r\nb')) client.send(char);
    await client.expect('$4\r\na\r\nb\r\n');
    client.socket.destroy();
  });

  test('answers HELLO 2, declines RESP3, and keeps the names of its clients', async () => {
    const client = await RawClient.to(port);
    client.send('HELLO 3\r\nHELLO x\r\nHELLO 2 SETNAME me\r\nCLIENT GETNAME\r\nHELLO 2 AUTH someone secret\r\n');
    await client.expect('-NOPROTO unsupported protocol version\r\n-ERR Protocol version is not an integer or out of range\r\n');
    await client.expect(
      '*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.0\r\n$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:1\r\n' +
        '$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n$2\r\nme\r\n',
    );
    await client.expect('-WRONGPASS invalid username-password pair or user is disabled.\r\n');
    client.send('CLIENT SETNAME other\r\nCLIENT ID\r\nCLIENT SETINFO lib-name x\r\nCLIENT NONSENSE\r\nCOMMAND\r\nCOMMAND DOCS\r\n');
    await client.expect("+OK\r\n:1\r\n+OK\r\n-ERR unknown subcommand 'NONSENSE'. Try CLIENT HELP.\r\n*0\r\n*0\r\n");
    client.socket.destroy();
  });

  test('answers everything that stands before QUIT or before the end of the stream, and then closes', async () => {
    const quitter = await RawClient.to(port);
    quitter.send('SET a 1\r\nQUIT\r\nSET a 2\r\n');
    expect(await quitter.rest()).toBe('+OK\r\n+OK\r\n');
    const leaver = await RawClient.to(port);
    leaver.socket.end('GET a\r\n');
    expect(await leaver.rest()).toBe('$1\r\n1\r\n');
  });

  test.each([
    ['*1\r\n+PING\r\n', "expected '$', got '+'"],
    ['*99999999\r\n', 'invalid multibulk length'],
    ['*1x\r\n', 'invalid multibulk length'],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    [`*2\r\n$3\r\nGET\r\n$${LIMITS.commandBytes}\r\n`, 'invalid bulk length'],
    ['x'.repeat(LIMITS.inlineBytes + 1), 'too big inline request'],
  ])('tells a client that breaks the protocol so, after what it asked before, and closes: %j', async (nonsense, told) => {
    const client = await RawClient.to(port);
    client.send(`PING\r\n${nonsense}`);
    const rest = await client.rest();
    expect(rest).toContain(`+PONG\r\n-ERR Protocol error: ${told}`);
  });

  test('stops reading a client whose commands wait, and goes on when they are done', async () => {
    let release = (): void => {};
    store.before = (sent) =>
      sent.startsWith('read')
        ? undefined
        : new Promise<void>((resolve) => {
            release = resolve;
          });
    const client = await RawClient.to(port);
    const command = bulk('SET', 'k', 'v'.repeat(10_000));
    const count = 5_000;
    let flushed = false;
    client.socket.write(command.repeat(count), 'latin1', () => {
      flushed = true;
    });
    // Reads through another connection take many turns of the loop, in which 50 MB would have come in if anyone read them.
    const other = await RawClient.to(port);
    for (let i = 0; i < 200; i++) {
      other.send(bulk('GET', 'x'));
      await other.expect('$-1\r\n');
    }
    expect(flushed).toBe(false);
    store.before = () => {};
    release();
    await client.expect('+OK\r\n'.repeat(count));
    client.socket.destroy();
    other.socket.destroy();
  });

  test('turns away clients beyond its bound, and says so', async () => {
    const clients = await Promise.all(Array.from({ length: LIMITS.connections }, () => RawClient.to(port)));
    // The last one in has been accepted once it is answered.
    for (const client of clients) client.send('PING\r\n');
    for (const client of clients) await client.expect('+PONG\r\n');
    const late = await RawClient.to(port);
    expect(await late.rest()).toBe('-ERR max number of clients reached\r\n');
    for (const client of clients) client.socket.destroy();
  });

  test('says that a port is taken', async () => {
    await expect(new RedisServer(backendOf(store)).listen({ host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE');
  });
});
