import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoppedError, SynodError } from '@synod/core';
import { firstValueFrom, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { bytes, directory, freeEndpoints, freePeers, heard, insist, probe, run, started, within } from './support.js';

test('stop completes the streams, may be called again, and is final', async () => {
  const peers = await freePeers();
  const { transport } = await started('a', { bind: peers.a, peers });
  const all = Promise.all([firstValueFrom(transport.inbound$.pipe(toArray())), firstValueFrom(transport.status$.pipe(toArray()))]);
  await Promise.all([transport.stop(), transport.stop()]);
  await transport.stop();
  await all;
  await expect(transport.start()).rejects.toBeInstanceOf(StoppedError);
});

test('a port in use is an error that names the endpoint and says what to do', async () => {
  const peers = await freePeers();
  await started('a', { bind: peers.a, peers });
  const second = probe('a', { bind: peers.a, peers });
  const error = await second.transport.start().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SynodError);
  expect(error).toMatchObject({ code: 'BIND_FAILED', message: expect.stringMatching(/^bind: .*in use; stop the other process/) });
  expect((error as Error).message).toContain(peers.a);
  expect(second.transport.send('b', bytes('x'))).toBe(false);
});

test('a door in use is an error, and frees what was bound before it', async () => {
  const peers = await freePeers();
  const [door] = (await freeEndpoints(1)) as [string];
  await started('b', { bind: peers.b, peers, door });
  const a = probe('a', { bind: peers.a, peers, door });
  await expect(a.transport.start()).rejects.toMatchObject({ code: 'BIND_FAILED', message: expect.stringMatching(/^door: /) });
  await started('a', { bind: peers.a, peers });
});

test('an address of another machine is an error that says so', async () => {
  const peers = await freePeers();
  const a = probe('a', { bind: 'tcp://192.0.2.1:7101', peers });
  await expect(a.transport.start()).rejects.toMatchObject({ code: 'BIND_FAILED', message: expect.stringContaining('no such address') });
});

test('a path where a node listens, or where a file is, is not taken over', async () => {
  const at = await directory();
  const bind = `ipc://${join(at, 'a.sock')}`;
  const peers = { b: `ipc://${join(at, 'b.sock')}` };
  await started('a', { bind, peers }, ['a', 'b']);
  await expect(probe('a', { bind, peers }, ['a', 'b']).transport.start()).rejects.toMatchObject({ code: 'BIND_FAILED' });
  const file = join(at, 'precious');
  await writeFile(file, 'data');
  const over = probe('a', { bind: `ipc://${file}`, peers }, ['a', 'b']);
  await expect(over.transport.start()).rejects.toMatchObject({ message: expect.stringContaining('no socket') });
});

test('a node starts again at the same port as soon as it has stopped, many times', async () => {
  const peers = await freePeers();
  const b = await started('b', { bind: peers.b, peers });
  for (let life = 0; life < 10; life++) {
    const a = await started('a', { bind: peers.a, peers });
    await insist(() => a.transport.send('b', bytes(`life ${life}`)), heard(b, `life ${life}`));
    await a.transport.stop();
  }
});

test('a stale socket file of a process that was killed does not keep a node from starting', async () => {
  const at = await directory();
  const bind = `ipc://${join(at, 'a.sock')}`;
  const program = run(`
    import { Pull } from 'zeromq';
    const pull = new Pull();
    await pull.bind('${bind}');
    console.log('bound');
    setInterval(() => {}, 1000);
  `);
  await program.said('bound');
  program.process.kill('SIGKILL');
  await program.exited;
  await started('a', { bind, peers: { b: `ipc://${join(at, 'b.sock')}` } }, ['a', 'b']);
});

test('stop is quick while peers are down and frames wait for them', async () => {
  const peers = await freePeers();
  const { transport } = await started('a', { bind: peers.a, peers });
  for (let i = 0; i < 100; i++) for (const node of ['b', 'c']) transport.send(node, new Uint8Array(10_000));
  await within(1_500, transport.stop());
});

test('the library’s sockets can be had while the transport runs', async () => {
  const peers = await freePeers();
  const [door] = (await freeEndpoints(1)) as [string];
  const { transport } = probe('a', { bind: peers.a, peers, door });
  expect(() => transport.unwrap()).toThrow(StoppedError);
  await transport.start();
  const { pull, router, connections } = transport.unwrap();
  expect(pull?.lastEndpoint).toBe(peers.a);
  expect(router?.lastEndpoint).toBe(door);
  expect([...connections.keys()]).toEqual(['b', 'c']);
  await transport.stop();
  expect(() => transport.unwrap()).toThrow(StoppedError);
});

test('a process ends by itself once its transports have stopped', async () => {
  const peers = await freePeers();
  const [door] = (await freeEndpoints(1)) as [string];
  const program = run(`
    import { colocated } from '@synod/core';
    import { ZmqTransport } from '@synod/transport-zmq';
    const topology = colocated(['a', 'b', 'c']);
    const peers = ${JSON.stringify(peers)};
    const a = new ZmqTransport({ self: 'a', cluster: 'test', topology }, { bind: peers.a, peers, door: '${door}' });
    const shop = new ZmqTransport({ self: 'shop', cluster: 'test', topology }, { doors: { a: '${door}', b: peers.b } });
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
