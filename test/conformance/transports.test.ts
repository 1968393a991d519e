import { type TransportUnderTest, transportSuite } from '@synod/core/testing';
import { tcpTransports } from '@synod/example-custom-transport/testing';
import { firstValueFrom, from } from 'rxjs';
import { describe, expect, it, test } from 'vitest';
import { memoryTransports } from './memory.js';
import { natsTransports } from './nats.js';
import { curveTransports, zmqTransports } from './zmq.js';

const transports: readonly TransportUnderTest[] = [memoryTransports, natsTransports, tcpTransports, zmqTransports, curveTransports];

for (const subject of transports) transportSuite({ describe, it }, subject);

const resources = (): string[] => process.getActiveResourcesInfo().sort();

test.each(transports)('the transport $name leaves no timer and no handle of Node behind', async (subject) => {
  const run = async (): Promise<void> => {
    const network = await subject.create({ cluster: 'resources', nodes: ['a', 'b', 'c'], clients: [] });
    const [a, b] = [network.transport('a'), network.transport('b')];
    const heard = firstValueFrom(b.inbound$);
    for (const transport of [a, b]) await firstValueFrom(from(transport.start()), { defaultValue: undefined });
    const sending = setInterval(() => {
      for (const node of ['b', 'c', 'nobody']) a.send(node, new Uint8Array(1_000));
      a.send('b', new Uint8Array(a.capabilities.maxFrameBytes + 1));
    }, 10);
    await heard;
    clearInterval(sending);
    for (const transport of [a, b]) await firstValueFrom(from(transport.stop()), { defaultValue: undefined });
    await network.close();
  };
  // What lives as long as the process, as the threads of a library, is there after the first run.
  await run();
  const before = resources();
  await run();
  // Without a timer, which would be one too many.
  const late = performance.now() + 20_000;
  while (resources().length > before.length && performance.now() < late) await new Promise((done) => setImmediate(done));
  if (resources().length > before.length) expect(resources()).toEqual(before);
});
