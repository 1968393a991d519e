import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader, HEARTBEAT, helloOf, nodeOf, prefix, WireError } from '../../examples/custom-transport/src/wire.js';
import { framed } from './support.js';

const readAll = (reader: FrameReader, chunks: readonly Buffer[]): Buffer[] =>
  chunks.flatMap((chunk) => [...reader.read(chunk)].map((frame) => Buffer.from(frame)));

test('frames come out as they went in, however the stream is cut', () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
  const cuts = fc.array(fc.nat(3_000), { maxLength: 40 });
  fc.assert(
    fc.property(frames, cuts, (sent, at) => {
      const stream = Buffer.concat(sent.flatMap((frame) => [framed(frame), prefix(HEARTBEAT)]));
      const places = [0, ...at.filter((place) => place < stream.length).sort((a, b) => a - b), stream.length];
      const chunks = places.slice(1).map((end, i) => stream.subarray(places[i], end));
      expect(readAll(new FrameReader(), chunks)).toEqual(sent.map((frame) => Buffer.from(frame)));
    }),
  );
});

test('a frame that came in one piece is not copied', () => {
  const chunk = framed('whole', 'too');
  const frames = [...new FrameReader().read(chunk)];
  expect(frames.map(({ buffer }) => buffer)).toEqual([chunk.buffer, chunk.buffer]);
  expect(frames.every(({ buffer }) => buffer === chunk.buffer)).toBe(true);
});

test('before the hello no more than a hello is taken, and after it no more than a frame', () => {
  const reader = new FrameReader();
  expect(() => [...reader.read(prefix(1_025) as Buffer)]).toThrow(WireError);
  const later = new FrameReader();
  later.allow(5_000);
  expect([...later.read(framed(new Uint8Array(5_000)))]).toHaveLength(1);
  expect(() => [...later.read(prefix(5_001) as Buffer)]).toThrow('announces 5001 bytes; allowed are 5000');
});

test('a hello tells its node to those of the same cluster and version alone', () => {
  const cluster = 'our shop\nin two lines';
  expect(nodeOf(helloOf('a', cluster), cluster)).toBe('a');
  expect(() => nodeOf(helloOf('a', 'another'), cluster)).toThrow('another cluster');
  expect(() => nodeOf(helloOf('a b', cluster), cluster)).toThrow('no valid node id');
  expect(() => nodeOf(Buffer.from('synod-tcp/2\na\nour shop'), cluster)).toThrow('does not speak synod-tcp/1');
  expect(() => helloOf('a', 'x'.repeat(1_024))).toThrow('take a shorter one');
});
