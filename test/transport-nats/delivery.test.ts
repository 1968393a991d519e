import { connect, headers } from 'nats';
import { firstValueFrom, toArray } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { bytes, frames, type NatsServer, runningNatsServer, started, texts, told } from './support.js';

const pair = async (options = {}, configuration?: string) => {
  const server = await runningNatsServer(configuration);
  const a = await started('a', { servers: server.url, ...options });
  const b = await started('b', { servers: server.url, ...options });
  return { a, b, server };
};

/** A client of the same server that is no node. */
const stranger = async ({ url }: NatsServer) => {
  const connection = await connect({ servers: url });
  onTestFinished(() => connection.close());
  return connection;
};

test('frames between two nodes arrive in the order of sending', async () => {
  const { a, b } = await pair();
  const sent = Array.from({ length: 500 }, (_, i) => `frame ${i}`);
  for (const text of sent) expect(a.transport.send('b', bytes(text))).toBe(true);
  expect(await texts(b, 500)).toEqual(sent);
});

test('what is no node id is not sent to', async () => {
  const { a } = await pair();
  for (const node of ['', '*', '>', 'b.here', 'b 0\r\nPUB x', 'x'.repeat(65)]) expect(a.transport.send(node, bytes('lost'))).toBe(false);
  expect(await told(a, 'dropped')).toMatchObject({ count: 1, reason: 'unknown node' });
});

test('a frame over the limit is not sent', async () => {
  const { a } = await pair({ maxFrameBytes: 2048 });
  expect(a.transport.capabilities.maxFrameBytes).toBe(2048);
  expect(a.transport.send('b', new Uint8Array(2048))).toBe(true);
  expect(a.transport.send('b', new Uint8Array(2049))).toBe(false);
  expect(await told(a, 'dropped')).toMatchObject({ node: 'b', count: 1, reason: 'frame too large' });
});

test('nodes of another cluster on the same server are not heard', async () => {
  const { a, b, server } = await pair();
  const names = ['test.a', 'other', 'te*t', 'test.>', 'Test', 'test%2Ea', 'über'];
  const others = await Promise.all(names.map((cluster) => started('b', { servers: server.url }, { cluster })));
  for (const other of others) other.transport.send('a', bytes('from another cluster'));
  a.transport.send('b', bytes('to b'));
  b.transport.send('a', bytes('from b'));
  expect(await texts(a)).toEqual(['from b']);
  for (const other of others) {
    await other.transport.stop();
    expect(await firstValueFrom(other.frames$.pipe(toArray()))).toEqual([]);
  }
});

test('what a stranger sends that is no frame is refused and counted, and the next frame arrives', async () => {
  const { a, b, server } = await pair({ maxFrameBytes: 2048 });
  const nats = await stranger(server);
  const own = headers();
  own.set('kind', 'request');
  nats.publish('synod.test.b', bytes('with a reply subject'), { reply: 'synod.test.a' });
  nats.publish('synod.test.b', bytes('with headers'), { headers: own });
  nats.publish('synod.test.b', new Uint8Array(2049));
  nats.publish('synod.test.b.here', bytes('who is there?'), { reply: 'synod.test.a' });
  nats.publish('synod.test.b.here', bytes('who is there?'));
  await nats.flush();
  a.transport.send('b', bytes('a frame'));
  expect(await texts(b)).toEqual(['a frame']);
  expect((await told(b, 'refused')).reason).toMatch(/reply subject or headers.*\(2 times\)/);
  expect((await told(b, 'refused', ({ reason }) => reason.includes('2048'))).reason).toBe('a frame of more than 2048 bytes');
  b.transport.send('a', bytes('last'));
  expect(await texts(a)).toEqual(['last']);
});

test('traffic both ways at once loses nothing', async () => {
  const { a, b, server } = await pair();
  const nodes = [a, b, await started('c', { servers: server.url })];
  for (let i = 0; i < 300; i++) {
    for (const node of nodes) for (const other of ['a', 'b', 'c']) node.transport.send(other, Buffer.alloc(100 + i, i));
    if (i % 20 === 0) await new Promise((done) => setImmediate(done));
  }
  for (const node of nodes) expect(await frames(node, 600)).toHaveLength(600);
});
