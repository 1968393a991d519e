import { colocated, group, multiPaxos, stateMachine } from '@synod/core';
import {
  between,
  blackouts,
  crashes,
  type History,
  type KeyValueInvocation,
  keyValueStore,
  oneWayCuts,
  partitions,
  pauses,
  rough,
  type Subject,
} from '@synod/core/simulation';
import { KeyValueMachine } from '@synod/example-kv/store';
import { logStorage } from '@synod/storage-file/log';
import { type Draw, onOneKey, onSomeKeys, type StoreClient, storeWorkload } from '../simulator/src/store-workload.js';

/** Three nodes that replicate the store of examples/kv, judged by a model that shares no code with it. */
const store = (draw: Draw<KeyValueInvocation>, machine: () => KeyValueMachine): Subject<StoreClient> => ({
  topology: colocated(['a', 'b', 'c']),
  group: () => group('store', multiPaxos({ snapshot: { slots: 40, bytes: 1 << 20 }, tail: 10 }), stateMachine(machine)),
  storage: ({ disk }) => logStorage({ disk, segmentBytes: 16_384 }),
  workload: storeWorkload(draw),
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
