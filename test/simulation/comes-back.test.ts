import { colocated, group, multiPaxos, stateMachine } from '@synod/core';
import { type Fault, listWorkload, multiPaxosInvariants, RecordingMachine, simulate } from '@synod/core/simulation';
import { logStorage } from '@synod/storage-file/log';
import { expect, test } from 'vitest';

/** Begun as the load in peace begins, which is 2.5 s; as that ends the node dies, as one does that finds late what its disk has lost. */
const late: Fault = {
  name: 'a late death',
  kind: 'disk',
  begin: (world) => {
    world.scheduler.schedule(() => {
      world.crash('b');
      world.restartSoon('b');
    }, 2999.5);
    return () => {};
  },
};

test('a node that is down when all are asked whether they serve again is asked once it is back', () => {
  const topology = colocated(['a', 'b', 'c']);
  const { verdict, operations, time } = simulate({
    seed: 1,
    topology,
    group: (life) =>
      group(
        'list',
        multiPaxos(),
        stateMachine(() => new RecordingMachine(life.recorder)),
      ),
    storage: ({ disk }) => logStorage({ disk, segmentBytes: 65_536 }),
    workload: listWorkload(),
    invariants: multiPaxosInvariants({ topology }),
    faults: [late],
    plan: [{ number: 0, fault: late.name, at: 500, lasts: 1 }],
    duration: 1000,
  });
  expect(verdict).toEqual({ verdict: 'passed' });
  expect(time).toBeLessThan(20_000);
  const probes = operations.filter(({ client }) => client.startsWith('probe-'));
  expect(probes.map(({ node, outcome }) => [node, outcome]).toSorted()).toEqual(['a', 'b', 'c'].map((node) => [node, 'done']));
});
