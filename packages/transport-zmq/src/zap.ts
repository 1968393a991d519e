import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@synod/core';
import { type Context, Router } from 'zeromq';
import type { CurveKeys } from './curve.js';
import type { Refusals } from './refusals.js';
import { toZ85 } from './z85.js';

/** Where ZeroMQ asks, once in every handshake with a CURVE server of the context, whether the key may come in. */
const ADDRESS = 'inproc://zeromq.zap.01';
/** ms after which a failed receive is tried again. */
const RETRY_DELAY = 100;

/** The socket that somebody comes in at; also the ZAP domain. */
export type Entrance = 'bind' | 'door';

interface Verdict {
  readonly status: '200' | '400' | '500';
  readonly text: string;
  readonly key?: string;
}

/**
 * The allow-list, asked by ZeroMQ's authentication protocol (ZAP, its RFC 27): listed nodes come in at `bind`, clients at `door`.
 * Every request is answered, or the peer would hang. If this handler were gone ZeroMQ would let nobody in (`zapEnforceDomain`).
 */
export class Zap {
  readonly #keys: CurveKeys;
  /** Public key to the node that it is of. */
  readonly #nodes: ReadonlyMap<string, string>;
  readonly #refusals: Refusals;
  readonly #logger: Logger;

  constructor(keys: CurveKeys, refusals: Refusals, logger: Logger) {
    this.#keys = keys;
    this.#nodes = new Map([...keys.nodes].flatMap(([node, keys]) => keys.map((key): [string, string] => [key, node])));
    this.#refusals = refusals;
    this.#logger = logger;
  }

  /** Opens its socket and binds it; before the sockets that it guards. Requests are answered until it is closed. */
  async open(context: Context): Promise<Router> {
    const socket = new Router({ context, linger: 0 });
    await socket.bind(ADDRESS);
    void this.#serve(socket);
    return socket;
  }

  async #serve(socket: Router): Promise<void> {
    while (!socket.closed)
      try {
        await socket.send(this.answer(await socket.receive()));
      } catch (error) {
        if (socket.closed || (error as { code?: string }).code === 'EAGAIN') continue;
        this.#logger.error('transport-zmq: a request for authentication was lost', { error });
        await delay(RETRY_DELAY, undefined, { ref: false });
      }
  }

  /** The reply to any message, behind the same envelope. */
  answer(message: readonly Buffer[]): (Buffer | string)[] {
    const end = message.findIndex((part) => part.length === 0);
    const [version, id, ...rest] = message.slice(end + 1);
    const { status, text, key = '' } = version?.toString('latin1') === '1.0' ? this.#judge(rest) : MALFORMED;
    return [...message.slice(0, Math.max(end, 1)), '', '1.0', id ?? '', status, text, key, ''];
  }

  #judge([domain, address, _identity, mechanism, credentials, ...more]: readonly Buffer[]): Verdict {
    const at = domain?.toString('latin1');
    if ((at !== 'bind' && at !== 'door') || mechanism?.toString('latin1') !== 'CURVE' || credentials?.length !== 32 || more.length > 0)
      return MALFORMED;
    const key = toZ85(credentials);
    const why = this.#whyNot(at, key);
    if (why === undefined) return { status: '200', text: 'OK', key };
    this.#refusals.tell(`at ${at}: ${why}`, key, { key, address: address!.toString('latin1') });
    return { status: '400', text: 'this key may not come in here' };
  }

  #whyNot(at: Entrance, key: string): string | undefined {
    const node = this.#nodes.get(key);
    if (at === 'bind') {
      if (node !== undefined) return undefined;
      return this.#keys.clients.has(key) ? 'the key of a client; clients come in at door' : 'a key that is not in curve.nodes';
    }
    if (this.#keys.clients.has(key)) return undefined;
    return node === undefined ? 'a key that is not in curve.clients' : `the key of node ${node}; nodes come in at bind`;
  }
}

const MALFORMED: Verdict = { status: '500', text: 'not a request of ZAP 1.0 with the key of a CURVE client' };
