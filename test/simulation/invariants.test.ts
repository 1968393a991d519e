import { colocated, type GroupStatus, group, memoryStorage, multiPaxos, type NodeStatus, type ReplicatedClient, state } from '@synod/core';
import {
  boundedQueues,
  describeProgress,
  exactlyOnce,
  type Invariant,
  linearizableList,
  logTime,
  type Operation,
  prefixExec,
  RecordingMachine,
  simulate,
  slotAgreement,
} from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';

/** Replicas under one invariant: machines whose executions it sees. */
const watch = (invariant: Invariant) => {
  const violations: string[] = [];
  const observer = invariant.watch((violation) => violations.push(violation));
  const machine = (node: string, life = 1) => {
    observer.booted?.(node, life);
    return new RecordingMachine({
      applied: ({ index: slot, time }, op, position, digest) => observer.applied?.({ node, life, slot, time, op, position, digest }),
      restored: (ops, digest) => observer.restored?.({ node, life, ops, digest }),
    });
  };
  /** Executes `slots`, each a list of commands; log time is the slot's number. */
  const execute = (replica: RecordingMachine, from: number, ...slots: string[][]) => {
    for (const [i, ops] of slots.entries()) for (const op of ops) replica.apply({ op }, { index: from + i, time: from + i });
  };
  const operation = (id: string, more: Partial<Operation> = {}): Operation => ({
    id,
    client: 'c',
    node: 'a',
    op: 'append',
    arg: id,
    invokedAt: 0,
    outcome: 'pending',
    ...more,
  });
  return { violations, observer, machine, execute, operation };
};

describe('the machine of simulations', () => {
  test('takes over a snapshot, however it was cut, and not what came after it', () => {
    const { machine, execute } = watch(prefixExec);
    const [a, b] = [machine('a'), machine('b')];
    const ops = Array.from({ length: 200 }, (_, i) => `opération-${i}`);
    execute(a, 0, ops);
    const snapshot = a.snapshot();
    execute(a, 1, ['later']);
    const bytes = Uint8Array.from([...snapshot].flatMap((piece) => [...piece]));
    b.restore(Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.subarray(i * 7, i * 7 + 7)));
    expect(b.query()).toBe(200);
    expect(b.apply({ op: 'x' }, { index: 1, time: 1 })).toBe(200);
  });
});

describe('SlotAgreement', () => {
  test('holds for replicas that execute the same, at their own pace, across restarts', () => {
    const { violations, machine, execute } = watch(slotAgreement);
    execute(machine('a'), 0, ['x', 'y'], [], ['z']);
    execute(machine('b'), 0, ['x', 'y']);
    execute(machine('b', 2), 0, ['x', 'y'], [], ['z'], ['u']);
    expect(violations).toEqual([]);
  });

  test('is violated by two values for one slot', () => {
    const { violations, machine, execute } = watch(slotAgreement);
    execute(machine('a'), 0, ['x'], ['y']);
    execute(machine('b'), 0, ['x'], ['z']);
    expect(violations).toEqual(['slot 1, command 0: a executed y, b z']);
  });

  test('is violated by a value that differs from that of a life long gone', () => {
    const { violations, machine, execute } = watch(slotAgreement);
    execute(machine('a'), 5, ['x']);
    execute(machine('a', 2), 5, ['y']);
    expect(violations).toHaveLength(1);
  });

  test('is violated by a slot of which a replica executes less, or more', () => {
    const less = watch(slotAgreement);
    less.execute(less.machine('a'), 0, ['x', 'y'], ['z']);
    less.execute(less.machine('b'), 0, ['x'], ['z']);
    expect(less.violations).toEqual(['slot 0: a executed 2 commands (x,y), b only 1']);
    const more = watch(slotAgreement);
    more.execute(more.machine('a'), 0, ['x'], ['z']);
    more.execute(more.machine('b'), 0, ['x', 'y']);
    expect(more.violations).toEqual(['slot 0, command 1: a executed nothing, b y']);
  });

  test('is violated by two log times for one slot', () => {
    const { violations, machine } = watch(slotAgreement);
    machine('a').apply({ op: 'x' }, { index: 0, time: 1 });
    machine('b').apply({ op: 'x' }, { index: 0, time: 2 });
    expect(violations).toHaveLength(1);
  });
});

describe('LogTime', () => {
  test('is violated by a command at a lower log time than the one before it, over a snapshot too', () => {
    const { violations, machine } = watch(logTime);
    const a = machine('a');
    a.apply({ op: 'x' }, { index: 0, time: 5 });
    const b = machine('b');
    b.restore(a.snapshot());
    a.apply({ op: 'y' }, { index: 1, time: 5 });
    b.apply({ op: 'y' }, { index: 1, time: 4 });
    expect(violations).toEqual(['b executed y at log time 4, after command 0 at 5']);
  });
});

describe('PrefixExec', () => {
  test('holds for a replica that restores a snapshot and goes on', () => {
    const { violations, machine, execute } = watch(prefixExec);
    const a = machine('a');
    execute(a, 0, ['x'], ['y']);
    const b = machine('b');
    b.restore(a.snapshot());
    execute(b, 2, ['z']);
    execute(a, 2, ['z']);
    expect(violations).toEqual([]);
  });

  test('is violated by a command that was left out', () => {
    const { violations, machine, execute } = watch(prefixExec);
    execute(machine('a'), 0, ['x'], ['y'], ['z']);
    execute(machine('b'), 0, ['x']);
    execute(machine('c'), 0, ['x'], [], ['z']);
    expect(violations).toEqual(['after 2 commands the state of c is not that of the replica that first executed them']);
  });

  test('is violated by a slot executed after a later one', () => {
    const { violations, machine, execute } = watch(prefixExec);
    const a = machine('a');
    execute(a, 3, ['x']);
    execute(a, 2, ['y']);
    expect(violations).toEqual(['a executed slot 2 after slot 3']);
  });

  test('is violated by a snapshot that is no prefix of history', () => {
    const { violations, machine, execute } = watch(prefixExec);
    execute(machine('a'), 0, ['x'], ['y']);
    const stranger = watch(prefixExec).machine('s');
    stranger.apply({ op: 'z' }, { index: 0, time: 0 });
    machine('b').restore(stranger.snapshot());
    expect(violations).toHaveLength(1);
  });
});

describe('ExactlyOnce', () => {
  test('holds for commands acknowledged where they were executed, and for unknown ones either way', () => {
    const { violations, observer, machine, execute, operation } = watch(exactlyOnce);
    const a = machine('a');
    execute(a, 0, ['x'], ['y']);
    observer.answered?.(operation('x', { outcome: 'done', result: 0 }));
    observer.answered?.(operation('y', { outcome: 'unknown' }));
    observer.answered?.(operation('z', { outcome: 'unknown' }));
    observer.answered?.(operation('u', { outcome: 'refused' }));
    machine('a', 2).restore(a.snapshot());
    observer.converged?.();
    expect(violations).toEqual([]);
  });

  test('is violated by a command executed twice', () => {
    const { violations, machine, execute } = watch(exactlyOnce);
    execute(machine('a'), 0, ['x'], ['x']);
    expect(violations).toEqual(['a executed x twice: as command 0 and as command 1']);
  });

  test('is violated by an acknowledgement of what nobody executed, or of another place', () => {
    const { violations, observer, machine, execute, operation } = watch(exactlyOnce);
    execute(machine('a'), 0, ['x']);
    observer.answered?.(operation('x', { outcome: 'done', result: 5 }));
    observer.answered?.(operation('y', { outcome: 'done', result: 1 }));
    expect(violations).toEqual([
      'x was acknowledged as command 5, but executed as command 0',
      'y was acknowledged before any replica had executed it',
    ]);
  });

  test('is violated by a refused command that happened, and by an acknowledged one that is gone', () => {
    const { violations, observer, machine, execute, operation } = watch(exactlyOnce);
    execute(machine('a'), 0, ['x'], ['y']);
    execute(machine('b'), 0, ['x']);
    observer.answered?.(operation('x', { outcome: 'refused', reason: 'queue full' }));
    observer.answered?.(operation('y', { outcome: 'done', result: 1 }));
    observer.converged?.();
    expect(violations).toEqual([
      'x was refused (queue full), and yet executed as command 0',
      'y was acknowledged, but is not in the final state of b',
    ]);
  });
});

describe('Linearizable', () => {
  test('holds for concurrent operations in any order', () => {
    const { violations, observer, machine, execute, operation } = watch(linearizableList);
    for (const id of ['x', 'y', 'r']) observer.invoked?.(operation(id));
    execute(machine('a'), 0, ['y'], ['x']);
    observer.answered?.(operation('x', { outcome: 'done', result: 1 }));
    observer.answered?.(operation('y', { outcome: 'done', result: 0 }));
    observer.answered?.(operation('r', { op: 'length', outcome: 'done', result: 0 }));
    expect(violations).toEqual([]);
  });

  test('is violated by a read that misses what was acknowledged before it began', () => {
    const { violations, observer, machine, execute, operation } = watch(linearizableList);
    observer.invoked?.(operation('x'));
    execute(machine('a'), 0, ['x']);
    observer.answered?.(operation('x', { outcome: 'done', result: 0 }));
    observer.invoked?.(operation('r'));
    observer.answered?.(operation('r', { op: 'length', outcome: 'done', result: 0 }));
    expect(violations).toEqual(['r came after x was answered, but stands before it (at 0, not above 1)']);
  });

  test('is violated by an append that takes a place before one that was read', () => {
    const { violations, observer, machine, operation } = watch(linearizableList);
    const a = machine('a');
    observer.invoked?.(operation('x'));
    a.apply({ op: 'x' }, { index: 0, time: 0 });
    observer.invoked?.(operation('r'));
    observer.answered?.(operation('r', { op: 'length', outcome: 'done', result: 1 }));
    observer.invoked?.(operation('late'));
    observer.applied?.({ node: 'b', life: 1, slot: 0, time: 0, op: 'late', position: 0, digest: 0 });
    expect(violations).toHaveLength(1);
  });
});

describe('BoundedQueues', () => {
  test('is violated by a sample in which more waits than may', () => {
    const { violations, observer } = watch(boundedQueues(10));
    observer.sampled?.('a', { queue: 10, groups: {} });
    observer.sampled?.('b', { queue: 11, groups: {} });
    expect(violations).toEqual(['at b 11 messages wait; 10 may']);
  });
});

describe('EventualProgress, when it does not come', () => {
  const machine = (id: string, group?: Partial<GroupStatus>, more: object = {}) => ({
    id,
    paused: false,
    node: group && {
      status: (): NodeStatus => ({
        node: id,
        state: 'running',
        groups: { list: { roles: [], ...group } },
        handled: 0,
        queue: 0,
        unsynced: 0,
        peers: {},
        lag: 0,
        counters: {},
        ...more,
      }),
    },
  });

  test('says who leads, who is behind, and what waits', () => {
    const told = describeProgress([
      machine('a', { phase: 'active', ballot: '7.a', leader: 'a', chosen: 210, applied: 210, open: 3, waiting: 2 }, { unsynced: 4 }),
      machine('b', { phase: 'passive', ballot: '7.a', leader: 'a', chosen: 200, applied: 198 }),
      machine('c'),
    ]);
    expect(told).toEqual([
      'a (ballot 7.a) leads; 210 slots are known to be chosen',
      'a: running, leads ballot 7.a, has executed 210 slots, 3 slots open, 2 requests waiting, 4 records not durable',
      'b: running, follows a (ballot 7.a), has executed 198 slots, 12 behind',
      'c: down',
    ]);
  });

  test('says that nobody leads, or more than one, and who may not vote', () => {
    const scouting = { ...machine('b', { phase: 'scouting', ballot: '9.b' }), paused: true };
    expect(describeProgress([machine('a', { phase: 'passive', formed: false }), scouting])).toEqual([
      'nobody leads; 0 slots are known to be chosen',
      'a: running, may not vote: not all acceptors have recorded its generation, knows of no leader',
      'b: paused, stands for election (scouting)',
    ]);
    const rivals = [machine('a', { phase: 'active', ballot: '7.a' }), machine('b', { phase: 'active', ballot: '8.b' })];
    expect(describeProgress(rivals)[0]).toBe(
      'a (ballot 7.a) and b (ballot 8.b) both believe that they lead; 0 slots are known to be chosen',
    );
  });

  test('says that replicas hold different states, which a state machine makes of more than its commands', () => {
    const { verdict } = simulate<ReplicatedClient<string, number, string, number>>({
      seed: 1,
      duration: 200,
      recovery: 500,
      topology: colocated(['a', 'b', 'c']),
      group: ({ id }) =>
        group(
          'names',
          multiPaxos(),
          state({
            initial: { name: '' },
            apply: (value, _command: string) => {
              value.name = id === 'b' ? 'b' : 'another';
              return 0;
            },
            query: (_value, _query: string) => 0,
          }),
        ),
      storage: () => memoryStorage(),
      workload: {
        next: (_random, id) => ({ op: 'name', arg: id }),
        ask: (client, { arg }, deadline) => client.submit$(String(arg), { deadline }),
        probe: (id) => ({ op: 'name', arg: id }),
      },
      invariants: [],
    });
    expect(verdict).toMatchObject({ verdict: 'violated', invariant: 'EventualProgress' });
    expect(verdict).toMatchObject({
      what: expect.stringMatching(/all of a, c \| b have executed \d+ slots, and do not hold the same state/),
    });
  });
});
