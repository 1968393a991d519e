import type { NodeStatus, QueryOptions } from '@synod/core';
import { from, type Observable } from 'rxjs';
import type { Backend, StoreClient } from '../../../examples/kv/src/server/backend.js';
import type { Reply } from '../../../examples/kv/src/store/reply.js';
import type { Requests } from '../../../examples/kv/src/store/request.js';
import { Replica } from './store.js';

/** What went to the store, as names: `write SET SET`, `read GET`. */
export type Sent = string;

/** A group of one replica that answers in the next microtask, and lets a test hold back or fail what it is sent. */
export class LocalClient implements StoreClient {
  readonly replica = new Replica();
  readonly sent: Sent[] = [];
  /** Runs before a command is applied; a throw is the command's outcome. */
  before: (sent: Sent) => Promise<void> | void = () => {};

  async submit(requests: Requests): Promise<readonly Reply[]> {
    await this.#note('write', requests);
    return this.replica.machine.apply(requests, { index: 0, time: this.replica.time });
  }

  async query(requests: Requests, options?: QueryOptions): Promise<readonly Reply[]> {
    await this.#note(options?.consistency === 'local' ? 'local' : 'read', requests);
    return this.replica.machine.query(requests);
  }

  submit$(requests: Requests): Observable<readonly Reply[]> {
    return from(this.submit(requests));
  }

  query$(requests: Requests, options?: QueryOptions): Observable<readonly Reply[]> {
    return from(this.query(requests, options));
  }

  async #note(kind: string, requests: Requests): Promise<void> {
    const names = requests.map((request) =>
      'command' in request ? request.command.name : `(${request.transaction.map(({ command }) => command.name).join(' ')})`,
    );
    const sent = [kind, ...names].join(' ');
    this.sent.push(sent);
    await this.before(sent);
  }
}

const STATUS: NodeStatus = {
  node: 'a',
  state: 'running',
  groups: { kv: { roles: ['proposer'], leader: 'a', ballot: '3.a', chosen: 17, applied: 16 } },
  handled: 0,
  queue: 0,
  unsynced: 0,
  peers: { b: 'connected' },
  lag: 0,
  counters: {},
};

export const backendOf = (client: StoreClient): Backend => ({ client, group: 'kv', status: () => STATUS, refusal: () => undefined });
