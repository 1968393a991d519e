import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { config } from 'rxjs';
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

test('a frame arrives unchanged, whatever its bytes and its size', async () => {
  const { a, b } = await pair({ maxFrameBytes: 1024 * 1024 });
  const sizes = [1, 2, 127, 128, 129, 255, 256, 8191, 8192, 65_537, 1024 * 1024];
  const sent = [...sizes.map((size) => randomBytes(size)), new Uint8Array(300), new Uint8Array(300).fill(255)];
  for (const frame of sent) a.transport.send('b', Uint8Array.from(frame));
  const got = await frames(b, sent.length);
  got.forEach((frame, i) => {
    expect(Buffer.compare(frame, sent[i]!), `frame ${i} of ${sent[i]!.length} bytes`).toBe(0);
  });
});

test('a node hears nothing that it sends itself', async () => {
  const { a, b } = await pair();
  expect(a.transport.send('a', bytes('self'))).toBe(false);
  b.transport.send('a', bytes('from b'));
  expect(await texts(a)).toEqual(['from b']);
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

test('a subscriber that throws does not stop the frames', async () => {
  const { a, b } = await pair();
  // RxJS reports it later, from a timer.
  const reported = new Promise((done) => {
    let count = 0;
    config.onUnhandledError = () => {
      if (++count === 3) done(count);
    };
  });
  onTestFinished(() => {
    config.onUnhandledError = null;
  });
  b.transport.inbound$.subscribe(() => {
    throw new Error('a bug of the subscriber');
  });
  for (const text of ['one', 'two', 'three']) a.transport.send('b', bytes(text));
  expect(await texts(b, 3)).toEqual(['one', 'two', 'three']);
  await reported;
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
