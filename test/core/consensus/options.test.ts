import { describe, expect, test } from 'vitest';
import { fitted, type MultiPaxosSettings, withDefaults } from '../../../packages/core/src/consensus/multi-paxos/options.js';

const MIB = 1024 * 1024;

const on = (maxFrameBytes: number, settings: MultiPaxosSettings = {}) => {
  const { commandBytes, batchBytes, resultBytes } = fitted(withDefaults(settings), settings, maxFrameBytes);
  return { commandBytes, batchBytes, resultBytes };
};

describe('the sizes of messages', () => {
  test('are the defaults on a transport that carries them', () => {
    expect(on(16 * MIB)).toEqual({ commandBytes: MIB, batchBytes: 65_536, resultBytes: 2 * MIB });
  });

  test('are made to fit a narrow transport, such as NATS as it comes', () => {
    expect(on(MIB)).toEqual({ commandBytes: 640 * 1024, batchBytes: 65_536, resultBytes: 704 * 1024 });
  });

  test('are left alone where they were set, and refused if they do not fit', () => {
    expect(on(MIB, { commandBytes: 1000 })).toEqual({ commandBytes: 1000, batchBytes: 65_536, resultBytes: 704 * 1024 });
    expect(on(MIB, { batchBytes: 128 * 1024 }).commandBytes).toBe(576 * 1024);
    for (const settings of [{ commandBytes: MIB }, { resultBytes: MIB }, { batchBytes: MIB }])
      expect(() => on(MIB, settings)).toThrow(/make messages of up to \d+ bytes, but the transport carries 1048576; lower them/);
  });

  test('do not fit a transport that carries next to nothing', () => {
    const least = MIB - 639 * 1024;
    expect(on(least).commandBytes).toBe(1024);
    expect(() => on(least - 1)).toThrow(`commandBytes 1024, batchBytes 65536`);
    expect(() => on(100_000)).toThrow('the transport carries 100000');
  });
});
