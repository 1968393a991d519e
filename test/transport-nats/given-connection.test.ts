import { connect as connect3, type NodeConnectionOptions } from '@nats-io/transport-node';
import type { NatsConnection } from '@synod/transport-nats';
import { connect as connect2 } from 'nats';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bytes, heard, insist, type NatsServer, probe, runningNatsCluster, runningNatsServer, started, told, within } from './support.js';

type Connect = (
  options: Pick<NodeConnectionOptions, 'servers' | 'maxReconnectAttempts' | 'reconnectTimeWait' | 'noEcho' | 'waitOnFirstConnect'>,
) => Promise<NatsConnection>;

const CLIENTS: readonly (readonly [string, Connect])[] = [
  ['nats 2', connect2],
  ['@nats-io/transport-node 3', connect3],
];

describe.each(CLIENTS)('a connection of %s', (_, connect) => {
  const given = async ({ url }: Pick<NatsServer, 'url'>, options = {}) => {
    const connection = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 50, ...options });
    onTestFinished(() => connection.close());
    return connection;
  };

  test('carries the frames of a node, and of several', async () => {
    const server = await runningNatsServer();
    const connection = await given(server);
    const a = await started('a', { connection });
    const b = await started('b', { connection });
    const c = await started('c', { servers: server.url });
    for (const [from, to, node] of [
      [a, 'b', b],
      [b, 'c', c],
      [c, 'a', a],
    ] as const) {
      expect(from.transport.send(to, bytes(`to ${to}`))).toBe(true);
      await heard(node, `to ${to}`);
    }
    expect(a.transport.unwrap()).toBe(connection);
    expect(await told(a, 'listening')).toEqual({ status: 'listening', at: server.url });
    expect(a.transport.send('a', bytes('to itself'))).toBe(false);
  });

  test('that has found another server tells of another node under the id there', async () => {
    const [first, second] = (await runningNatsCluster(2)) as [NatsServer, NatsServer];
    const a = await started('a', { connection: await given(first) });
    const other = await given(second);
    other.subscribe('synod.test.a.here', {
      callback: (_, message) => void (message.reply && other.publish(message.reply, new Uint8Array())),
    });
    await other.flush();
    await first.kill();
    expect((await told(a, 'refused')).reason).toBe('another node a: both answer to the id');
  });

  test('stays open when the transport stops, and other subscriptions go on', async () => {
    const server = await runningNatsServer();
    const connection = await given(server);
    const other = new Promise<string>((done) => {
      connection.subscribe('something.else', { callback: (_, { data }) => done(Buffer.from(data).toString()) });
    });
    const a = await started('a', { connection });
    await a.transport.stop();
    expect(connection.isClosed()).toBe(false);
    connection.publish('something.else', bytes('still here'));
    expect(await other).toBe('still here');
    const again = await started('a', { connection });
    const b = await started('b', { servers: server.url });
    b.transport.send('a', bytes('next life'));
    await heard(again, 'next life');
  });

  test('does not start a second node of an id', async () => {
    const server = await runningNatsServer();
    const a = await started('a', { servers: server.url });
    const second = probe('a', { connection: await given(server) });
    await expect(second.transport.start()).rejects.toMatchObject({ code: 'DUPLICATE_NODE' });
    const b = await started('b', { connection: await given(server) });
    const third = probe('b', { servers: server.url });
    await expect(third.transport.start()).rejects.toMatchObject({ code: 'DUPLICATE_NODE' });
    b.transport.send('a', bytes('the first go on'));
    await heard(a, 'the first go on');
  });

  test('that does not hear itself will do', async () => {
    const server = await runningNatsServer();
    const a = await started('a', { connection: await given(server, { noEcho: true }) });
    const b = await started('b', { connection: await given(server, { noEcho: true }) });
    a.transport.send('b', bytes('hello'));
    await heard(b, 'hello');
  });

  test('that reconnects is told of, and what is sent meanwhile is dropped and counted', async () => {
    const server = await runningNatsServer();
    const a = await started('a', { connection: await given(server) });
    const b = await started('b', { connection: await given(server) });
    await server.kill();
    await told(a, 'unreachable');
    for (let i = 0; i < 10; i++) expect(a.transport.send('b', bytes('stale'))).toBe(false);
    expect(await told(a, 'dropped')).toMatchObject({ node: 'b', count: 10, reason: 'not connected' });
    await server.start();
    await insist(() => a.transport.send('b', bytes('fresh')), heard(b, 'fresh'));
  });

  test('goes on by another server of its cluster', async () => {
    const servers = (await runningNatsCluster(3)) as [NatsServer, NatsServer, NatsServer];
    const urls = servers.map(({ url }) => url);
    const a = await started('a', { connection: await connectTo(urls) });
    const b = await started('b', { connection: await connectTo(urls) });
    await insist(() => a.transport.send('b', bytes('all up')), heard(b, 'all up'));
    await servers[0].kill();
    await servers[1].kill();
    await insist(() => a.transport.send('b', bytes('one left')), heard(b, 'one left'));
  });

  const connectTo = (urls: string[]) => given({ url: urls as unknown as string });

  test('that is closed is an error', async () => {
    const server = await runningNatsServer();
    const connection = await given(server);
    await connection.close();
    await expect(probe('a', { connection }).transport.start()).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      message: expect.stringContaining('give an open one'),
    });
  });

  test('that is closed while a node asks for its id is the same error', async () => {
    const server = await runningNatsServer();
    const connection = await given(server);
    const request = connection.request.bind(connection);
    connection.request = (...question) => {
      const answer = request(...question);
      void connection.close();
      return answer;
    };
    await expect(probe('a', { connection }).transport.start()).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
  });

  test('whose server is away is waited for, and stop does not wait', async () => {
    const server = await runningNatsServer();
    const connection = await given(server);
    await server.kill();
    const a = probe('a', { connection });
    const starting = a.transport.start();
    await told(a, 'unreachable');
    const c = probe('c', { connection });
    const stopped = c.transport.start();
    await within(1_000, c.transport.stop());
    await stopped;
    await server.start();
    await starting;
    const b = await started('b', { servers: server.url });
    await insist(() => b.transport.send('a', bytes('here')), heard(a, 'here'));
  });

  test('that its owner closes is told of, and the transport stops all the same', async () => {
    const server = await runningNatsServer();
    const connection = await given(server);
    const a = await started('a', { connection });
    await connection.close();
    expect(await told(a, 'unreachable')).toMatchObject({ reason: 'the connection was closed' });
    expect(a.transport.send('b', bytes('lost'))).toBe(false);
    await within(1_000, a.transport.stop());
  });

  test('to a server that stands still costs a bounded queue', async () => {
    const server = await runningNatsServer();
    const queueBytes = 4 * 1024 * 1024;
    const a = await started('a', { connection: await given(server), queueBytes });
    server.pause();
    let accepted = 0;
    for (let i = 0; i < 500; i++) {
      if (a.transport.send('b', Buffer.alloc(64 * 1024, 1))) accepted++;
      if (i % 10 === 0) await new Promise((done) => setImmediate(done));
    }
    // A frame has its subject and the client's words around it, and until the signal is there the server takes some.
    expect(accepted).toBeGreaterThan(60);
    expect(accepted).toBeLessThan(128);
    server.resume();
    const b = await started('b', { servers: server.url });
    await insist(() => a.transport.send('b', bytes('it goes on')), heard(b, 'it goes on'));
  });

  test('with room for one frame takes the largest one, whatever small ones went before', async () => {
    const server = await runningNatsServer();
    const maxFrameBytes = 64 * 1024;
    const a = await started('a', { connection: await given(server), maxFrameBytes, queueBytes: maxFrameBytes });
    const b = await started('b', { servers: server.url });
    for (let round = 1; round <= 3; round++) {
      await insist(() => a.transport.send('b', bytes(`small ${round}`)), heard(b, `small ${round}`));
      const large = 'x'.repeat(maxFrameBytes - round);
      await insist(() => a.transport.send('b', bytes(large)), heard(b, large));
    }
  });

  test('a frame in every read of its socket is never changed', async () => {
    const server = await runningNatsServer();
    const a = await started('a', { servers: server.url });
    const b = await started('b', { connection: await given(server) });
    const copies: Uint8Array[] = [];
    const kept: Uint8Array[] = [];
    const all = new Promise<void>((done) => {
      b.transport.inbound$.subscribe((frame) => {
        kept.push(frame);
        if (copies.push(Uint8Array.from(frame)) === 1_000) done();
      });
    });
    for (let i = 0; i < 1_000; i++) a.transport.send('b', Buffer.alloc(1 + ((i * 97) % 9_000), i));
    await all;
    expect(kept.findIndex((frame, i) => Buffer.compare(frame, copies[i]!) !== 0)).toBe(-1);
  });
});
