import type { ReplicatedClient } from '@synod/core';
import type { KeyValueCommand, KeyValueInvocation, KeyValueResult, SeededRandom, Workload } from '@synod/core/simulation';
import { type Call, Failure, type Reply, type Request, type Requests, STORE_COMMANDS, Status } from '@synod/example-kv/store';

export type StoreClient = ReplicatedClient<Requests, readonly Reply[], Requests, readonly Reply[]>;

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Draws an operation; `id` is unique in the run. */
export type Draw<T> = (random: SeededRandom, id: string) => T;

/** Commands that touch one key each. */
export const onOneKey: Draw<KeyValueCommand> = (random, id) => {
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

/** Of which half touch several keys, or all. */
export const onSomeKeys: Draw<KeyValueInvocation> = (random, id) => {
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

const call = (name: string, ...args: readonly string[]): Call => ({ command: STORE_COMMANDS.get(name)!, args });

const requestOf = (asked: KeyValueInvocation): Request => {
  switch (asked.op) {
    case 'MULTI':
      return { transaction: asked.arg.map((command) => requestOf(command) as Call) };
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

/** Clients of the store of examples/kv. */
export const storeWorkload = (next: Draw<KeyValueInvocation>): Workload<StoreClient> => ({
  next,
  ask: (client, invocation, deadline) => {
    const requests = [requestOf(invocation as KeyValueInvocation)];
    const reads = invocation.op === 'GET' || invocation.op === 'MGET';
    return reads ? client.query$(requests, { deadline }) : client.submit$(requests, { deadline });
  },
  readResult: (told) => resultOf((told as readonly [Reply])[0]),
  probe: () => ({ op: 'INCR', key: KEYS[0]! }),
});
