import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../examples/register/dist/main.js', import.meta.url));
let found: Readonly<Record<string, string>>;

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 30_000 });
  const lines = stdout.trimEnd().split('\n');
  found = Object.fromEntries(lines.map((line) => line.split(/ {2,}/)));
});

test('all nodes change a key at once, and each change that is told to be made is made once', () => {
  expect(found['three offices open friday at once; versions they are told of']).toBe('1');
  expect(found['30 sales of one ticket each, of 20, at three offices at once']).toBe('10 REJECTED: sold out, 20 done');
  expect(found['tickets left, read at each office']).toBe('0,0,0');
  expect(found['two set another price, each if it is still the version they saw']).toBe('REJECTED,done');
});

test('a node that changes a key again needs no phase 1, another one does', () => {
  expect(found['sunday, first change at another office']).toMatch(/^phase 1 first/);
  expect(found['sunday, the next one there']).toBe('phase 2 alone: one round trip (0 prepare, 3 accept)');
  expect(found['sunday, a change at the third office']).toMatch(/^phase 1 first/);
});

test('what was never proposed is told apart from what nobody knows of, and asking again makes it known', () => {
  expect(found['a change at west, to which no promise comes back']).toBe('UNAVAILABLE: no quorum answered in time; nothing happened');
  expect(found['a change at west, to which no vote comes back']).toBe('unknown');
  const there = '{"left":10,"price":30}';
  expect(found['what north reads then']).toBe(there);
  expect(found['west asks again what became of it: nothing happens twice']).toBe(there);
});

test('a key that is deleted leaves nothing behind', () => {
  expect(found['keys that acceptors keep once monday is deleted']).toBe('3,3,3');
  expect(found['what west reads then']).toBe('{"version":0}');
});
