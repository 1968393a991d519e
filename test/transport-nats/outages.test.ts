import { expect, test } from 'vitest';
import { deaf } from './deaf.js';
import {
  bytes,
  freePorts,
  heard,
  insist,
  type NatsServer,
  natsServer,
  probe,
  run,
  runningNatsCluster,
  runningNatsServer,
  started,
  told,
  within,
} from './support.js';

/** Time enough for a few hundred microtasks and the sockets' turn. */
const breath = () => new Promise((done) => setImmediate(done));

test('a node starts before its server, says that it waits, and is heard once the server is there', async () => {
  const server = await natsServer();
  const warnings: string[] = [];
  const nothing = () => {};
  const logger = { debug: nothing, info: nothing, error: nothing, warn: (message: string) => void warnings.push(message) };
  const a = probe('a', { servers: server.url }, { logger });
  const starting = a.transport.start();
  expect(await told(a, 'unreachable')).toMatchObject({ at: `127.0.0.1:${server.port}`, reason: expect.stringContaining('ECONNREFUSED') });
  expect(warnings).toEqual([expect.stringContaining(`127.0.0.1:${server.port}`)]);
  expect(a.transport.send('b', bytes('too early'))).toBe(false);
  await server.start();
  await starting;
  expect(await told(a, 'listening')).toMatchObject({ at: server.url });
  const b = await started('b', { servers: server.url });
  a.transport.send('b', bytes('in time'));
  await heard(b, 'in time');
});

test('nodes find each other again when their server restarts, and say so', async () => {
  const server = await runningNatsServer();
  const a = await started('a', { servers: server.url });
  const b = await started('b', { servers: server.url });
  await server.kill();
  await Promise.all([told(a, 'unreachable'), told(b, 'unreachable')]);
  await server.start();
  await insist(() => a.transport.send('b', bytes('again')), heard(b, 'again'));
  await insist(() => b.transport.send('a', bytes('and back')), heard(a, 'and back'));
});

test('what is sent while no server is there is dropped and counted, and nothing stale arrives later', async () => {
  const server = await runningNatsServer();
  const a = await started('a', { servers: server.url });
  await server.kill();
  await told(a, 'unreachable');
  for (let i = 0; i < 100; i++) expect(a.transport.send('b', bytes('stale'))).toBe(false);
  expect(await told(a, 'dropped')).toMatchObject({ node: 'b', count: 100, reason: 'not connected' });
  await server.start();
  const b = await started('b', { servers: server.url });
  const first = new Promise<string>((done) => b.frames$.subscribe((frame) => done(Buffer.from(frame).toString())));
  await insist(() => a.transport.send('b', bytes('fresh')), heard(b, 'fresh'));
  expect(await first).toBe('fresh');
});

test('of several servers one is enough, at the start and later', async () => {
  const [absent] = (await freePorts(1)) as [number];
  const [one, two, three] = (await runningNatsCluster(3)) as [NatsServer, NatsServer, NatsServer];
  const servers = [`nats://127.0.0.1:${absent}`, one.url, two.url, three.url];
  const a = await started('a', { servers });
  const b = await started('b', { servers });
  await insist(() => a.transport.send('b', bytes('all up')), heard(b, 'all up'));
  for (const server of [one, two]) await server.kill();
  await insist(() => a.transport.send('b', bytes('one left')), heard(b, 'one left'));
  await insist(() => b.transport.send('a', bytes('both ways')), heard(a, 'both ways'));
});

test('a node that was given one server of a cluster goes on by those that it told of', async () => {
  const [one] = (await runningNatsCluster(3)) as [NatsServer, NatsServer, NatsServer];
  // Connected later than all routes stand, the server tells of all.
  const a = await started('a', { servers: one.url });
  const other = () => a.transport.unwrap().info?.connect_urls?.length ?? 0;
  while (other() < 3) await breath();
  const again = await started('b', { servers: one.url });
  await one.kill();
  expect((await told(again, 'listening', ({ at }) => at !== one.url)).at).toMatch(/^nats:\/\/127\.0\.0\.1:/);
});

test('a server that stands still is given up after a few silent heartbeats, and another is taken', async () => {
  const [one, two] = (await runningNatsCluster(2)) as [NatsServer, NatsServer];
  const servers = [one.url, two.url];
  const a = await started('a', { servers, heartbeat: 100 });
  const { at } = await told(a, 'listening');
  const [still, other] = at === one.url ? [one, two] : [two, one];
  still.pause();
  await told(a, 'unreachable');
  await told(a, 'listening', ({ at }) => at === other.url);
  still.resume();
});

test('a server that stood still for long is used again', async () => {
  const server = await runningNatsServer();
  const a = await started('a', { servers: server.url, heartbeat: 100 });
  const b = await started('b', { servers: server.url, heartbeat: 100 });
  for (let round = 0; round < 2; round++) {
    server.pause();
    const lost = (node: typeof a) => told(node, 'unreachable', () => !node.transport.send('nobody', bytes('?')));
    await Promise.all([lost(a), lost(b)]);
    server.resume();
    await insist(() => a.transport.send('b', bytes(`after ${round}`)), heard(b, `after ${round}`));
    await insist(() => b.transport.send('a', bytes(`back ${round}`)), heard(a, `back ${round}`));
  }
});

test('a node that stood still until the server cut it off is heard again', async () => {
  const server = await runningNatsServer('write_deadline: "500ms"\nmax_pending: 4194304');
  const a = await started('a', { servers: server.url });
  const b = run(`
    import { colocated } from '@synod/core';
    import { NatsTransport } from '@synod/transport-nats';
    const b = new NatsTransport({ self: 'b', cluster: 'test', topology: colocated(['a', 'b', 'c']) }, { servers: '${server.url}' });
    b.inbound$.subscribe((frame) => b.send('a', frame.subarray(0, 20)));
    b.status$.subscribe(({ status }) => console.log(status));
    await b.start();
  `);
  await b.said('listening');
  b.process.kill('SIGSTOP');
  for (let i = 0; i < 1_000; i++) {
    a.transport.send('b', Buffer.alloc(32 * 1024));
    if (i % 20 === 0) await breath();
  }
  b.process.kill('SIGCONT');
  await insist(() => a.transport.send('b', bytes('you are back')), heard(a, 'you are back'));
});

test('a server that stands still costs a bounded queue, and drops are told', async () => {
  const server = await runningNatsServer();
  const queueBytes = 8 * 1024 * 1024;
  const a = await started('a', { servers: server.url, queueBytes, heartbeat: 60_000 });
  const b = await started('b', { servers: server.url });
  server.pause();
  let accepted = 0;
  for (let i = 0; i < 1_000; i++) {
    if (a.transport.send('b', Buffer.alloc(64 * 1024, 1))) accepted++;
    if (i % 10 === 0) await breath();
  }
  const most = queueBytes / (64 * 1024);
  // A frame has its subject and the client's words around it, and until the signal is there the server takes some.
  expect(accepted).toBeGreaterThan(most - 3);
  expect(accepted).toBeLessThan(2 * most);
  let dropped = 0;
  await told(a, 'dropped', ({ node, reason, count }) => node === 'b' && reason === 'queue full' && (dropped += count) >= 1_000 - accepted);
  expect(dropped).toBe(1_000 - accepted);
  server.resume();
  await insist(() => a.transport.send('b', bytes('it goes on')), heard(b, 'it goes on'));
});

test('sockets at a server that stands still do not pile up, and stop is quick', async () => {
  const server = await runningNatsServer();
  const a = await started('a', { servers: server.url, heartbeat: 100 });
  server.pause();
  await told(a, 'unreachable');
  await told(a, 'unreachable', ({ reason }) => reason.includes('no answer within'));
  const sockets = () => process.getActiveResourcesInfo().filter((resource) => resource.startsWith('TCPSocket')).length;
  while (sockets() > 1) await breath();
  await within(1_500, a.transport.stop());
  while (sockets() > 0) await breath();
  server.resume();
});

test('on a server that takes less than before larger frames are dropped and told', async () => {
  const server = await runningNatsServer();
  const a = await started('a', { servers: server.url });
  await server.kill();
  await told(a, 'unreachable');
  await server.start('max_payload: 4096');
  const b = await started('b', { servers: server.url, maxFrameBytes: 4096 });
  await insist(() => a.transport.send('b', bytes('small')), heard(b, 'small'));
  expect(a.transport.send('b', new Uint8Array(4097))).toBe(false);
  expect(await told(a, 'dropped', ({ reason }) => reason !== 'not connected')).toMatchObject({ reason: 'frame too large for the server' });
  a.transport.send('b', bytes('still connected'));
  await heard(b, 'still connected');
});

test('a node that does not read holds up no other', async () => {
  const server = await runningNatsServer('write_deadline: "1s"\nmax_pending: 4194304');
  await deaf(server, 'synod.test.b');
  const a = await started('a', { servers: server.url });
  const c = await started('c', { servers: server.url });
  for (let i = 0; i < 2_000; i++) {
    a.transport.send('b', Buffer.alloc(32 * 1024));
    if (i % 50 === 0) await breath();
  }
  await within(
    10_000,
    insist(() => a.transport.send('c', bytes('past the deaf one')), heard(c, 'past the deaf one')),
  );
});
