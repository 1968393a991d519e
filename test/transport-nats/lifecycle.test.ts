import { type AddressInfo, createServer } from 'node:net';
import { StoppedError, SynodError } from '@synod/core';
import { connect } from 'nats';
import { firstValueFrom, toArray } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { bytes, freePorts, heard, probe, run, runningNatsServer, started, told, within } from './support.js';

test('stop completes the streams, may be called again, and is final', async () => {
  const server = await runningNatsServer();
  const { transport } = await started('a', { servers: server.url });
  const all = Promise.all([firstValueFrom(transport.inbound$.pipe(toArray())), firstValueFrom(transport.status$.pipe(toArray()))]);
  await Promise.all([transport.stop(), transport.stop()]);
  await transport.stop();
  await all;
  await expect(transport.start()).rejects.toBeInstanceOf(StoppedError);
});

test('a transport that waits for its server stops at once', async () => {
  const [port] = (await freePorts(1)) as [number];
  const a = probe('a', { servers: `nats://127.0.0.1:${port}` });
  const starting = a.transport.start();
  await told(a, 'unreachable');
  await within(1_000, a.transport.stop());
  await starting;
});

test('a server that stalls within its first line is given up, and no connection to it stays open', async () => {
  const stalling = createServer((socket) => void socket.on('error', () => {}).write('INFO {"server_id"'));
  await new Promise<void>((done) => stalling.listen(0, '127.0.0.1', done));
  onTestFinished(() => void stalling.close());
  const { port } = stalling.address() as AddressInfo;
  const a = probe('a', { servers: `nats://127.0.0.1:${port}` });
  const starting = a.transport.start();
  expect((await told(a, 'unreachable')).reason).toContain('no answer within');
  await within(1_000, a.transport.stop());
  await starting;
  await expect.poll(() => new Promise((done) => stalling.getConnections((_, count) => done(count)))).toBe(0);
});

test('a second node of an id that is up does not start, says why, and the first goes on', async () => {
  const server = await runningNatsServer();
  const a = await started('a', { servers: server.url });
  const b = await started('b', { servers: server.url });
  const second = probe('a', { servers: server.url });
  const error = await second.transport.start().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SynodError);
  expect(error).toMatchObject({ code: 'DUPLICATE_NODE', message: expect.stringMatching(/^a node "a" is up already.*stop it first/) });
  expect(second.transport.send('b', bytes('x'))).toBe(false);
  a.transport.send('b', bytes('the first'));
  await heard(b, 'the first');
  b.transport.send('a', bytes('and back'));
  await heard(a, 'and back');
});

test('of nodes of one id that start at the same time one does', async () => {
  const server = await runningNatsServer();
  for (let round = 0; round < 5; round++) {
    const all = Array.from({ length: 4 }, () => probe('a', { servers: server.url }));
    const outcomes = await Promise.allSettled(all.map(({ transport }) => transport.start()));
    const up = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(up).toHaveLength(1);
    for (const { transport } of all) await transport.stop();
  }
});

test('the same id in another cluster is another node', async () => {
  const server = await runningNatsServer();
  await started('a', { servers: server.url });
  await started('a', { servers: server.url }, { cluster: 'other' });
});

test('a node starts again under its id as soon as it has stopped, many times', async () => {
  const server = await runningNatsServer();
  const b = await started('b', { servers: server.url });
  for (let life = 0; life < 10; life++) {
    const a = await started('a', { servers: server.url });
    a.transport.send('b', bytes(`from life ${life}`));
    await heard(b, `from life ${life}`);
    b.transport.send('a', bytes(`to life ${life}`));
    await heard(a, `to life ${life}`);
    await a.transport.stop();
  }
});

const life = (url: string, text: string) => `
  import { colocated } from '@synod/core';
  import { NatsTransport } from '@synod/transport-nats';
  const a = new NatsTransport({ self: 'a', cluster: 'test', topology: colocated(['a', 'b', 'c']) }, { servers: '${url}' });
  a.inbound$.subscribe((frame) => console.log(Buffer.from(frame).toString()));
  await a.start();
  a.send('b', Buffer.from('${text}'));
`;

test('a killed process leaves its id free', async () => {
  const server = await runningNatsServer();
  const b = await started('b', { servers: server.url });
  const first = run(life(server.url, 'one'));
  await heard(b, 'one');
  first.process.kill('SIGKILL');
  await first.exited;
  const second = run(life(server.url, 'two'));
  await heard(b, 'two');
  b.transport.send('a', bytes('you are back'));
  await second.said('you are back');
});

test('a process that stands still under an id does not keep it for ever', async () => {
  const server = await runningNatsServer();
  const b = await started('b', { servers: server.url });
  const first = run(life(server.url, 'one'));
  await heard(b, 'one');
  first.process.kill('SIGSTOP');
  const a = await started('a', { servers: server.url });
  b.transport.send('a', bytes('hello'));
  await heard(a, 'hello');
});

test('what was sent just before stop arrives', async () => {
  const server = await runningNatsServer();
  const a = await started('a', { servers: server.url });
  const b = await started('b', { servers: server.url });
  for (let i = 0; i < 100; i++) a.transport.send('b', Buffer.alloc(50_000));
  a.transport.send('b', bytes('the last'));
  await a.transport.stop();
  await heard(b, 'the last');
});

test('stop ends while the server stands still', async () => {
  const server = await runningNatsServer();
  const a = await started('a', { servers: server.url });
  server.pause();
  a.transport.send('b', bytes('never'));
  await within(4_000, a.transport.stop());
});

test('a server that takes less than a frame is an error that says what to do', async () => {
  const server = await runningNatsServer('max_payload: 4096');
  const a = probe('a', { servers: server.url, maxFrameBytes: 8192 });
  await expect(a.transport.start()).rejects.toMatchObject({
    code: 'MAX_PAYLOAD',
    message: expect.stringMatching(/up to 4096 bytes, and maxFrameBytes is 8192; raise max_payload/),
  });
});

test('the client’s connection can be had while there is one', async () => {
  const server = await runningNatsServer();
  const a = probe('a', { servers: server.url });
  expect(() => a.transport.unwrap()).toThrow(StoppedError);
  await a.transport.start();
  expect(`nats://${a.transport.unwrap().getServer()}`).toBe(server.url);
  await a.transport.stop();
  expect(() => a.transport.unwrap()).toThrow(StoppedError);
});

test('the server shows whose connection it is', async () => {
  const [monitor] = (await freePorts(1)) as [number];
  const server = await runningNatsServer(`http: "127.0.0.1:${monitor}"`);
  await started('a', { servers: server.url }, { cluster: 'shop' });
  const { connections } = (await (await fetch(`http://127.0.0.1:${monitor}/connz`)).json()) as { connections: { name: string }[] };
  expect(connections.map(({ name }) => name)).toEqual(['synod shop a']);
});

test('a node that finds another under its id after an outage says so', async () => {
  const server = await runningNatsServer();
  const a = await started('a', { servers: server.url });
  const nats = await connect({ servers: server.url });
  onTestFinished(() => nats.close());
  // Another that answers to the id, whatever it is: two that start are kept from it.
  nats.subscribe('synod.test.a.here', { callback: (_, message) => void (message.reply && message.respond()) });
  await nats.flush();
  await a.transport.unwrap().close();
  expect((await told(a, 'refused')).reason).toBe('another node a: both answer to the id');
});

test('a process ends by itself once its transports have stopped', async () => {
  const server = await runningNatsServer();
  const program = run(`
    import { colocated } from '@synod/core';
    import { NatsTransport } from '@synod/transport-nats';
    const topology = colocated(['a', 'b', 'c']);
    const make = (self) => new NatsTransport({ self, cluster: 'test', topology }, { servers: '${server.url}' });
    const a = make('a');
    const shop = make('shop');
    await a.start();
    await shop.start();
    const heard = new Promise((done) => a.inbound$.subscribe(done));
    shop.send('a', new Uint8Array(1000));
    for (let i = 0; i < 500; i++) a.send('b', new Uint8Array(1000));
    await heard;
    await Promise.all([a.stop(), shop.stop()]);
    console.log('stopped');
  `);
  await program.said('stopped');
  expect(await within(5_000, program.exited)).toBe(0);
});
