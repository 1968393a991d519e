import { group, multiPaxos, stateMachine, topology } from '@synod/core';
import { always, type Fault, listWorkload, multiPaxosInvariants, RecordingMachine, simulate } from '@synod/core/simulation';
import { logStorage } from '@synod/storage-file/log';
import { expect, test } from 'vitest';

const dying = (name: string, nodes: readonly string[]): Fault => ({
  name,
  kind: 'process',
  begin: (world) => {
    for (const node of nodes) world.crash(node);
    return () => {
      for (const node of nodes) world.restart(node);
    };
  },
});

/**
 * Seeds 100486 and 102670 of multi-paxos-apart with one acceptor: the leader began its reign at what the learners had executed, and
 * then they all started again without a snapshot. What was chosen before that reign only votes knew, and no acceptor could vouch
 * for it under the new ballot: a leader without a learner must find it again by another phase 1.
 */
test('learners that all lose what was chosen before a reign are taught it again, whoever leads', () => {
  const placed = topology({
    a: ['acceptor', 'proposer'],
    l: ['leader', 'proposer'],
    x: ['learner', 'proposer'],
    y: ['learner', 'proposer'],
  });
  const faults = [dying('the leader dies', ['l']), dying('the learners die', ['x', 'y'])];
  for (let seed = 0; seed < 5; seed++) {
    const {
      verdict,
      operations,
      faults: happened,
    } = simulate({
      seed,
      topology: placed,
      group: (life) =>
        group(
          'list',
          multiPaxos(),
          stateMachine(() => new RecordingMachine(life.recorder)),
        ),
      storage: ({ disk }) => logStorage({ disk, segmentBytes: 65_536 }),
      workload: listWorkload(0),
      invariants: multiPaxosInvariants({ topology: placed }),
      faults,
      plan: [
        { number: 0, fault: 'the leader dies', at: 2000, lasts: 100 },
        { number: 1, fault: 'the learners die', at: 5000, lasts: 100 },
      ],
      duration: 6000,
      clients: 1,
      think: always(100),
    });
    expect([seed, verdict]).toEqual([seed, { verdict: 'passed' }]);
    expect(happened).toEqual({ 'the leader dies': 1, 'the learners die': 1 });
    expect(operations.filter(({ outcome }) => outcome === 'done').length).toBeGreaterThan(20);
  }
});

/** A proposer must not turn to leaders and learners in step: of two each, half of the pairs would never come about. */
test('where a leader and a learner are down, whoever has neither is answered by the others, commands and queries', () => {
  const placed = topology({
    a: ['acceptor', 'proposer'],
    b: ['acceptor', 'proposer'],
    c: ['acceptor', 'proposer'],
    k: ['leader', 'proposer'],
    l: ['leader', 'proposer'],
    x: ['learner', 'proposer'],
    y: ['learner', 'proposer'],
  });
  const pairs = ['k', 'l'].flatMap((leader) => ['x', 'y'].map((learner) => [leader, learner]));
  for (const [seed, pair] of pairs.entries()) {
    const { verdict, operations } = simulate({
      seed,
      topology: placed,
      group: (life) =>
        group(
          'list',
          multiPaxos(),
          stateMachine(() => new RecordingMachine(life.recorder)),
        ),
      storage: ({ disk }) => logStorage({ disk, segmentBytes: 65_536 }),
      workload: listWorkload(500),
      invariants: multiPaxosInvariants({ topology: placed }),
      clientNodes: ['outside'],
      faults: [dying('they die', pair)],
      plan: [{ number: 0, fault: 'they die', at: 1000, lasts: 15_000 }],
      duration: 16_000,
      clients: 1,
      think: always(100),
    });
    expect([pair, verdict]).toEqual([pair, { verdict: 'passed' }]);
    const asked = operations.filter(({ invokedAt }) => invokedAt > 4000 && invokedAt < 14_000);
    expect(asked.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(asked.length).toBeGreaterThan(10);
  }
});
