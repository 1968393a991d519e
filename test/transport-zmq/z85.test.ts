import { expect, test } from 'vitest';
import { fromZ85, toZ85 } from '../../packages/transport-zmq/src/z85.js';

test('Z85 is that of the specification', () => {
  const bytes = Uint8Array.from([0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]);
  expect(toZ85(bytes)).toBe('HelloWorld');
  expect(fromZ85('HelloWorld')).toEqual(bytes);
  expect(toZ85(new Uint8Array(4).fill(255))).toBe('%nSc0');
  expect(fromZ85('%nSc1')).toBeUndefined();
  expect(fromZ85('Hello,orld')).toBeUndefined();
  expect(fromZ85('Hell')).toBeUndefined();
});
