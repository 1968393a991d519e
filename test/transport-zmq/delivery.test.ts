import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Push } from 'zeromq';
import { bytes, connected, directory, frames, freePeers, heard, insist, started, texts, told } from './support.js';

const pair = async (options = {}) => {
  const peers = await freePeers();
  const a = await started('a', { bind: peers.a, peers, ...options });
  const b = await started('b', { bind: peers.b, peers, ...options });
  await connected(a, 'b');
  return { a, b, peers };
};

/** A foreign ZeroMQ socket that connects to `endpoint`. */
const stranger = (endpoint: string): Push => {
  const push = new Push({ linger: 0 });
  push.connect(endpoint);
  onTestFinished(() => push.close());
  return push;
};

test('frames between two nodes arrive in the order of sending', async () => {
  const { a, b } = await pair();
  const sent = Array.from({ length: 500 }, (_, i) => `frame ${i}`);
  for (const text of sent) expect(a.transport.send('b', bytes(text))).toBe(true);
  expect(await texts(b, 500)).toEqual(sent);
});

test('a frame for a node that nobody knows is dropped and counted', async () => {
  const { a } = await pair();
  expect(a.transport.send('z', bytes('lost'))).toBe(false);
  expect(await told(a, 'dropped')).toMatchObject({ node: 'z', count: 1, reason: 'unknown node' });
});

test('a frame over the limit is not sent', async () => {
  const { a } = await pair({ maxFrameBytes: 2048 });
  expect(a.transport.capabilities.maxFrameBytes).toBe(2048);
  expect(a.transport.send('b', new Uint8Array(2048))).toBe(true);
  expect(a.transport.send('b', new Uint8Array(2049))).toBe(false);
  expect(await told(a, 'dropped')).toMatchObject({ node: 'b', count: 1, reason: 'frame too large' });
});

test('a stranger that sends a frame over the limit is cut off, and the others are still heard', async () => {
  const { a, b, peers } = await pair({ maxFrameBytes: 2048 });
  const push = stranger(peers.b);
  await push.send(Buffer.alloc(2048, 1));
  await push.send(Buffer.alloc(2049, 2));
  await frames(b);
  a.transport.send('b', bytes('still here'));
  await heard(b, 'still here');
  expect((await frames(b, 2)).map(({ length }) => length)).toEqual([2048, 10]);
});

test('a message of several parts is refused, and the next frame arrives', async () => {
  const { b, peers } = await pair();
  const push = stranger(peers.b);
  await push.send(['two', 'parts']);
  await push.send('one part');
  expect(await texts(b)).toEqual(['one part']);
  expect((await told(b, 'refused')).reason).toContain('several parts');
});

test('nodes meet over UNIX domain sockets', async () => {
  const at = await directory();
  const peers = { a: `ipc://${join(at, 'a.sock')}`, b: `ipc://${join(at, 'b.sock')}` };
  const a = await started('a', { bind: peers.a, peers }, ['a', 'b']);
  const b = await started('b', { bind: peers.b, peers }, ['a', 'b']);
  await insist(() => a.transport.send('b', bytes('over ipc')), heard(b, 'over ipc'));
  await insist(() => b.transport.send('a', bytes('and back')), heard(a, 'and back'));
});

test('a node that listens on every address says at which endpoint', async () => {
  const { b, c } = await freePeers();
  const a = await started('a', { bind: 'tcp://*:*', peers: { b, c } });
  expect((await told(a, 'listening')).at).toMatch(/^tcp:\/\/0\.0\.0\.0:\d+$/);
});
