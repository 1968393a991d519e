import { createNode } from '@synod/core';
import { serve, settingsOf, tell } from '@synod/example-processes';
import { zmqTransport } from '@synod/transport-zmq';
import { cluster, locks } from './deployment.js';
import { type Grant, LockClient } from './lock-client.js';

export interface WorkerSettings {
  readonly self: string;
  readonly doors: Readonly<Record<string, string>>;
  /** ms. */
  readonly lease: number;
}

/** What a worker is told to do. */
export type Order = { readonly do: 'acquire' | 'renew' | 'release' | 'write' };

/** What it tells. `write` goes to the ledger. */
export type WorkerWords =
  | { readonly is: 'running' }
  | { readonly is: 'waiting'; readonly why: string }
  | { readonly is: 'granted'; readonly token: number }
  | { readonly is: 'write'; readonly token: number }
  | { readonly is: 'renewed'; readonly held: boolean }
  | { readonly is: 'released'; readonly held: boolean };

const LOCK = 'ledger';
const PATIENCE = 60_000;

const { self, doors, lease } = settingsOf<WorkerSettings>();
const say = (word: WorkerWords): void => tell(word);

// A node outside the topology: it proposes, and has neither port nor storage.
const node = createNode({ self, cluster }, zmqTransport({ doors }), locks);
const client = new LockClient(node.of(locks), self, { deadline: 500, waiting: (why) => say({ is: 'waiting', why }) });
let grant: Grant = { lock: LOCK, token: 0 };

const obey = async (order: Order): Promise<void> => {
  switch (order.do) {
    case 'acquire': {
      const granted = await client.acquire(LOCK, { lease, patience: PATIENCE });
      if (granted === undefined) throw new Error(`${self} did not get the lock in ${PATIENCE / 1000} s`);
      grant = granted;
      return say({ is: 'granted', token: grant.token });
    }
    // It does not look at its clock first: whatever it found, it could be frozen between that and writing.
    case 'write':
      return say({ is: 'write', token: grant.token });
    case 'renew':
      return say({ is: 'renewed', held: await client.renew(grant, lease) });
    case 'release':
      return say({ is: 'released', held: await client.release(grant) });
  }
};

process.on(
  'message',
  (order: Order) =>
    void obey(order).catch((error) => {
      console.error(`${self}: ${error.message}`);
      process.exit(1);
    }),
);
serve(node);
