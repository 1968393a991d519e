import { afterEach, beforeEach, expect, test } from 'vitest';
import { Workshop } from './support/program.js';

let workshop: Workshop;

beforeEach(async () => {
  workshop = await Workshop.open();
});

afterEach(() => workshop.close());

test.each([
  ['multi-paxos', 'zmq', 'file'],
  ['multi-paxos', 'zmq', 'level'],
  ['multi-paxos', 'nats', 'file'],
  ['multi-paxos', 'nats', 'level'],
  ['fast-paxos', 'zmq', 'file'],
])('npm run demo ends well by %s over %s and %s', async (protocol, transport, storage) => {
  const parts = ['--protocol', protocol, '--transport', transport, '--storage', storage];
  const demo = workshop.program('demo.js', '--seconds', '0.2', '--writers', '8', ...parts);
  expect([await demo.code, demo.output]).toEqual([0, expect.stringContaining('all replicas hold the same state      yes')]);
  expect(demo.output).toContain('every acknowledged write is there     yes');
});
