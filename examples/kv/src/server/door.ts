import { STORE_COMMANDS } from '../store/commands.js';
import { Failure, type Reply, replyWeight } from '../store/reply.js';
import type { Backend } from './backend.js';
import { infoText } from './info.js';
import { LIMITS } from './limits.js';

/** One client, as CLIENT LIST tells of it. */
export interface Guest {
  readonly id: number;
  readonly address: string;
  readonly since: number;
  name: string;
}

/** What all connections of a node share. */
export class Door {
  readonly guests = new Set<Guest>();
  readonly startedAt = Date.now();
  port = 0;
  #lastId = 0;

  constructor(readonly backend: Backend) {}

  enter(address: string): Guest {
    const guest: Guest = { id: ++this.#lastId, address, since: Date.now(), name: '' };
    this.guests.add(guest);
    return guest;
  }

  async info(wanted: readonly string[]): Promise<string> {
    const { client, group } = this.backend;
    const command = STORE_COMMANDS.get('DEBUG')!;
    const [keyspace] = await client
      .query([{ command, args: ['KEYSPACE'] }], { consistency: 'local', deadline: 500 })
      .catch((): Reply[] => []);
    const { port, startedAt, backend } = this;
    const [status, refusal, connections] = [backend.status(), backend.refusal(), this.guests.size];
    return infoText({ status, group, refusal, keyspace: keyspace ?? null, port, connections, startedAt, now: Date.now() }, wanted);
  }

  /**
   * Every key that matches, page by page, so that a large store is not held up. A store of a few thousand keys is read in one
   * instant; in a larger one, keys that come and go meanwhile may be in or not.
   */
  async keys(pattern: string): Promise<Reply> {
    const command = STORE_COMMANDS.get('SCAN')!;
    const found: Reply[] = [];
    let bytes = 0;
    for (let cursor = '0'; ; ) {
      const [page] = await this.backend.client.query([{ command, args: [cursor, 'MATCH', pattern, 'COUNT', '10000'] }]);
      const [next, keys] = page as [string, string[]];
      for (const key of keys) found.push(key);
      bytes += replyWeight(keys);
      if (bytes > LIMITS.keysBytes) return new Failure(`ERR KEYS would answer more than ${LIMITS.keysBytes} bytes: use SCAN`);
      cursor = next;
      if (cursor === '0') return found;
    }
  }
}
