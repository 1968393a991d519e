import { AddressBook, type Envelope, type Message } from '@synod/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameCodec } from '../../../packages/core/src/transport/frame.js';
import { addressed, groupWire, LOCAL, type RoleName, WIRED } from './arbitraries.js';

const addresses = new AddressBook(['a', 'b']);
const codecOf = (self: string, cluster = 'synod', groups = [groupWire('counters')]) => new FrameCodec(self, cluster, addresses, groups);
const a = codecOf('a');
const b = codecOf('b');

interface Addressed {
  readonly to: RoleName;
  readonly from: RoleName;
  readonly message: Message;
}

const envelope = ({ to, from, message }: Addressed, node = 'b'): Envelope => ({
  from: addresses.of('a', 'counters', from),
  to: addresses.of(node, 'counters', to),
  message,
});

const framesOf = (envelopes: readonly Envelope[], maxBytes = 1 << 20, codec = a) => {
  const frames: Uint8Array[] = [];
  const tooLarge: Envelope[] = [];
  codec.encode(
    'b',
    envelopes,
    maxBytes,
    (frame) => frames.push(frame),
    (one) => tooLarge.push(one),
  );
  return { frames, tooLarge };
};

const read = (frame: Uint8Array, codec = b) => {
  const envelopes: Envelope[] = [];
  const refusals: { why: string; detail: string }[] = [];
  codec.decode(
    frame,
    (one) => envelopes.push(one),
    (why, detail) => refusals.push({ why, detail }),
  );
  return { envelopes, refusals };
};

const PREPARE: Addressed = {
  to: 'acceptor',
  from: 'leader',
  message: { kind: 'prepare', ballot: { round: 7, node: 'a' }, nonce: 1, from: 42 } as Message,
};
const one = (): Uint8Array => framesOf([envelope(PREPARE)]).frames[0] as Uint8Array;

describe('a frame', () => {
  test.each(
    Object.entries(WIRED).flatMap(([role, kinds]) => Object.entries(kinds).map(([kind, arbitrary]) => ({ role, kind, arbitrary }))),
  )('brings $kind to the $role as it was sent', ({ role, arbitrary }) => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<Message>, (message) => {
        const sent = envelope({ to: role as RoleName, from: 'leader', message });
        const { frames } = framesOf([sent]);
        expect(frames).toHaveLength(1);
        expect(read(frames[0] as Uint8Array)).toEqual({ envelopes: [sent], refusals: [] });
      }),
      { numRuns: 40 },
    );
  });

  test('brings all messages of a turn in their order, with interned addresses', () => {
    fc.assert(
      fc.property(fc.array(addressed, { minLength: 1, maxLength: 12 }), (messages) => {
        const sent = messages.map((message) => envelope(message));
        const { frames } = framesOf(sent);
        expect(frames).toHaveLength(1);
        const { envelopes } = read(frames[0] as Uint8Array);
        expect(envelopes).toEqual(sent);
        envelopes.forEach(({ from, to }, i) => {
          expect(from).toBe(sent[i]?.from);
          expect(to).toBe(sent[i]?.to);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('is split so that no piece exceeds the limit, none is lost, and what fits nowhere is named', () => {
    fc.assert(
      fc.property(fc.array(addressed, { minLength: 1, maxLength: 20 }), fc.integer({ min: 20, max: 400 }), (messages, maxBytes) => {
        const sent = messages.map((message) => envelope(message));
        const { frames, tooLarge } = framesOf(sent, maxBytes);
        for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(maxBytes);
        const fits = sent.filter((message) => !tooLarge.includes(message));
        expect(frames.flatMap((frame) => read(frame).envelopes)).toEqual(fits);
        for (const large of tooLarge) expect((framesOf([large]).frames[0] as Uint8Array).length).toBeGreaterThan(maxBytes);
      }),
      { numRuns: 100 },
    );
  });

  test('is only split where it must be: what fits into one leaves as one', () => {
    const whole = framesOf([envelope(PREPARE), envelope(PREPARE), envelope(PREPARE)]).frames[0] as Uint8Array;
    expect(framesOf([envelope(PREPARE), envelope(PREPARE), envelope(PREPARE)], whole.length).frames).toEqual([whole]);
    expect(framesOf([envelope(PREPARE), envelope(PREPARE), envelope(PREPARE)], whole.length - 1).frames).toHaveLength(2);
  });

  test('is never made of what a protocol keeps within a node', () => {
    for (const [role, kinds] of Object.entries(LOCAL))
      for (const kind of kinds)
        expect(() => framesOf([envelope({ to: role as RoleName, from: 'leader', message: { kind } })])).toThrow(
          `${role} takes no ${kind} from another node`,
        );
    const wired = groupWire('counters').roles.map(({ name, kinds }) => [name, kinds.map(([kind]) => kind)] as const);
    for (const [role, kinds] of wired) for (const kind of LOCAL[role as RoleName]) expect(kinds).not.toContain(kind);
  });
});

describe('a frame that is not for this node is refused, with a reason', () => {
  test('of another cluster', () => {
    const { frames } = framesOf([envelope(PREPARE)], 1 << 20, codecOf('a', 'another'));
    expect(read(frames[0] as Uint8Array)).toEqual({ envelopes: [], refusals: [{ why: 'cluster', detail: 'a frame of another cluster' }] });
  });

  test('of another version', () => {
    const frame = one();
    frame[1] = 9;
    expect(read(frame)).toEqual({ envelopes: [], refusals: [{ why: 'version', detail: 'frame version 9, this node speaks 1' }] });
  });

  test('for another node', () => {
    expect(read(one(), codecOf('c')).refusals).toEqual([
      { why: 'destination', detail: 'a frame from a for node b came to c: check the addresses' },
    ]);
  });

  test('that is not a frame at all', () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3), new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')])
      expect(read(bytes)).toMatchObject({ envelopes: [], refusals: [{ why: 'malformed' }] });
  });

  test('but a group that is not here costs only its own messages', () => {
    const [counters, names] = [groupWire('counters'), groupWire('names')];
    const both = codecOf('a', 'synod', [counters, names]);
    const strange: Envelope = {
      ...envelope(PREPARE),
      to: addresses.of('b', 'names', 'acceptor'),
      from: addresses.of('a', 'names', 'leader'),
    };
    const { frames } = framesOf([envelope(PREPARE), strange, envelope(PREPARE)], 1 << 20, both);
    const { envelopes, refusals } = read(frames[0] as Uint8Array);
    expect(envelopes).toEqual([envelope(PREPARE), envelope(PREPARE)]);
    expect(refusals).toMatchObject([{ why: 'group' }]);
  });

  test('and so is a group whose quorums are others', () => {
    const { frames } = framesOf([envelope(PREPARE)], 1 << 20, codecOf('a', 'synod', [groupWire('counters', 'other quorums')]));
    expect(read(frames[0] as Uint8Array)).toMatchObject({ envelopes: [], refusals: [{ why: 'group' }] });
  });
});

describe('a damaged frame', () => {
  const several = (): Uint8Array => {
    const messages = Object.entries(WIRED).flatMap(([to, kinds]) =>
      (fc.sample(fc.oneof(...(Object.values(kinds) as fc.Arbitrary<Message>[])), { numRuns: 5, seed: 11 }) as Message[]).map((message) =>
        envelope({ to: to as RoleName, from: 'leader', message }),
      ),
    );
    return framesOf(messages).frames[0] as Uint8Array;
  };

  test('is never an exception when it is cut at any byte; the messages before the cut may stand', () => {
    const frame = several();
    const whole = read(frame).envelopes;
    for (let length = 0; length < frame.length; length++) {
      const { envelopes, refusals } = read(frame.subarray(0, length));
      expect(envelopes).toEqual(whole.slice(0, envelopes.length));
      // A cut between two messages cannot be told from a shorter frame; every other one is refused.
      if (refusals.length > 0) expect(refusals).toMatchObject([{ why: 'malformed' }]);
    }
  });

  test('is refused when it is cut within its only message', () => {
    const frame = one();
    const header = frame.length - 11 - (8 + 2 + 4 + 8);
    for (let length = 0; length < frame.length; length++)
      if (length !== header) expect(read(frame.subarray(0, length))).toMatchObject({ envelopes: [], refusals: [{ why: 'malformed' }] });
  });

  test('is refused when bytes follow a message within its length', () => {
    const frame = one();
    const longer = new Uint8Array(frame.length + 1);
    longer.set(frame);
    const view = new DataView(longer.buffer);
    const at = frame.length - (8 + 2 + 4 + 8) - 4;
    view.setUint32(at, view.getUint32(at) + 1);
    expect(read(longer)).toMatchObject({ envelopes: [], refusals: [{ why: 'malformed', detail: '1 bytes too many' }] });
  });

  test('never throws, whatever its bytes are changed to, and what it still delivers can be sent on', () => {
    const frame = several();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(frame.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(frame.length),
        (changes, length) => {
          const damaged = frame.slice(0, Math.max(1, length));
          for (const [at, to] of changes) if (at < damaged.length) damaged[at] = to;
          const { envelopes, refusals } = read(damaged);
          expect(envelopes.length + refusals.length).toBeGreaterThanOrEqual(0);
          for (const { message } of envelopes) expect(typeof message.kind).toBe('string');
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('made of noise is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        // The right magic and version, so that the noise gets as far as it can.
        const frame = Uint8Array.of(0x53, 1, ...noise);
        const { envelopes, refusals } = read(frame);
        expect(envelopes).toEqual([]);
        expect(refusals).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });

  test('announcing more items than it has bytes is refused before anything is allocated for them', () => {
    const frame = framesOf([
      envelope({ to: 'leader', from: 'proposer', message: { kind: 'read', origin: 'a', id: 1, hops: 0, queries: [] } as Message }),
    ]).frames[0] as Uint8Array;
    new DataView(frame.buffer, frame.byteOffset).setUint32(frame.length - 4, 0xffff_ffff);
    expect(read(frame).refusals).toEqual([{ why: 'malformed', detail: '4294967295 items announced, 0 bytes left' }]);
  });
});
