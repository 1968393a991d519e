import { colocated, group, multiPaxos, type ReplicatedClient, stateMachine } from '@synod/core';
import {
  between,
  blackouts,
  crashes,
  type History,
  type KeyValueCommand,
  type KeyValueInvocation,
  type KeyValueResult,
  keyValueStore,
  oneWayCuts,
  partitions,
  pauses,
  rough,
  type SeededRandom,
  type Subject,
  type Workload,
} from '@synod/core/simulation';
import { logStorage } from '@synod/storage-file/log';
import { map } from 'rxjs';
import { KeyValueMachine } from '../../examples/kv/src/store/machine.js';
import { Failure, type Reply, Status } from '../../examples/kv/src/store/reply.js';
import type { Request, Requests } from '../../examples/kv/src/store/request.js';
import { call } from '../kv/support/store.js';

type StoreClient = ReplicatedClient<Requests, readonly Reply[], Requests, readonly Reply[]>;

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];

type Draw<T> = (random: SeededRandom, id: string) => T;

const onOneKey: Draw<KeyValueCommand> = (random, id) => {
  const key = random.pick(KEYS);
  return random.pick<KeyValueCommand>([
    { op: 'GET', key },
    { op: 'GET', key },
    { op: 'SET', key, arg: `${random.below(100)}` },
    { op: 'INCR', key },
    { op: 'APPEND', key, arg: random.chance(500) ? `${random.below(10)}` : `<${id}>` },
    { op: 'DEL', arg: [key] },
  ]);
};

const onSomeKeys: Draw<KeyValueInvocation> = (random, id) => {
  const two = [random.pick(KEYS), random.pick(KEYS)];
  return random.pick<KeyValueInvocation>([
    onOneKey(random, id),
    onOneKey(random, id),
    { op: 'MGET', arg: KEYS },
    { op: 'MSET', arg: two.map((key) => [key, `${random.below(100)}`] as const) },
    { op: 'MULTI', arg: [onOneKey(random, id), onOneKey(random, id), { op: 'MGET', arg: two }] },
    random.chance(300) ? { op: 'FLUSHALL' } : { op: 'DEL', arg: two },
  ]);
};

const requestOf = (asked: KeyValueInvocation): Request => {
  switch (asked.op) {
    case 'MULTI':
      return { transaction: asked.arg.map((command) => requestOf(command) as ReturnType<typeof call>) };
    case 'FLUSHALL':
      return call('FLUSHALL');
    case 'DEL':
    case 'MGET':
      return call(asked.op, ...asked.arg);
    case 'MSET':
      return call('MSET', ...asked.arg.flat());
    default:
      return call(asked.op, asked.key, ...('arg' in asked ? [asked.arg] : []));
  }
};

const resultOf = (reply: Reply): KeyValueResult => {
  if (reply instanceof Failure) return { error: reply.error };
  if (reply instanceof Status) return reply.status;
  if (typeof reply === 'bigint') return String(reply);
  return reply === null || typeof reply !== 'object' ? reply : reply.map(resultOf);
};

const workload = (next: Draw<KeyValueInvocation>): Workload<StoreClient> => ({
  next,
  ask: (client, invocation, deadline) => {
    const requests = [requestOf(invocation as KeyValueInvocation)];
    const reads = invocation.op === 'GET' || invocation.op === 'MGET';
    const replies$ = reads ? client.query$(requests, { deadline }) : client.submit$(requests, { deadline });
    return replies$.pipe(map(([reply]) => resultOf(reply!)));
  },
  probe: () => ({ op: 'INCR', key: KEYS[0]! }),
});

/** Three nodes that replicate the store of examples/kv, judged by a model that shares no code with it. */
const store = (draw: Draw<KeyValueInvocation>, machine: () => KeyValueMachine): Subject<StoreClient> => ({
  topology: colocated(['a', 'b', 'c']),
  group: () => group('store', multiPaxos({ snapshot: { slots: 40, bytes: 1 << 20 }, tail: 10 }), stateMachine(machine)),
  storage: ({ disk }) => logStorage({ disk, segmentBytes: 16_384 }),
  workload: workload(draw),
  invariants: [],
  model: keyValueStore(),
});

const FAULTS = { faults: [crashes, crashes, blackouts, partitions, oneWayCuts, pauses], network: rough };
const sound = () => new KeyValueMachine();

/** Few operations, many of which touch several keys: judged as a whole. */
export const severalKeys = (seed: number, machine = sound): Subject<StoreClient> & History => ({
  ...store(onSomeKeys, machine),
  ...FAULTS,
  seed,
  duration: 6000,
  think: between(50, 350),
});

/** Many operations, each on one key: judged key by key. */
export const singleKeys = (seed: number, machine = sound): Subject<StoreClient> & History => ({
  ...store(onOneKey, machine),
  ...FAULTS,
  seed,
  duration: 5000,
  clients: 6,
  think: between(0, 30),
});
