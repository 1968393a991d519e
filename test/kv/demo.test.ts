import { afterEach, beforeEach, expect, test } from 'vitest';
import { Workshop } from './support/program.js';

let workshop: Workshop;

beforeEach(async () => {
  workshop = await Workshop.open();
});

afterEach(() => workshop.close());

test.each([
  ['zmq', 'file'],
  ['zmq', 'level'],
  ['nats', 'file'],
  ['nats', 'level'],
])('npm run demo ends well over %s and %s', async (transport, storage) => {
  const parts = ['--transport', transport, '--storage', storage];
  const demo = workshop.program('demo.js', '--seconds', '0.2', '--writers', '8', ...parts);
  expect([await demo.code, demo.output]).toEqual([0, expect.stringContaining('all replicas hold the same state      yes')]);
  expect(demo.output).toContain('every acknowledged write is there     yes');
});
