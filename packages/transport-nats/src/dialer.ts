import { setTimeout as delay } from 'node:timers/promises';
import { randomBelow, SynodError, systemRandom } from '@synod/core';
import { connect } from 'nats';
import { isTlsFailure, isUnauthorized, type NatsConnection } from './connection.js';
import type { Access } from './options.js';
import { probe } from './probe.js';

/** ms for one server to take a connection, with TLS and over a slow network. */
const CONNECT_TIMEOUT = 3_000;
/** ms between two rounds through the servers: doubled from the least to the most, and at random from half of it. */
const MIN_PAUSE = 20;
const MAX_PAUSE = 1_000;

/** A server that did not take us, and why. */
export interface Failure {
  readonly server: string;
  readonly error: Error;
}

/** What is wrong with the options, if trying again cannot help. */
export const permanent = ({ server, error }: Failure): SynodError | undefined => {
  if (isUnauthorized(error))
    return new SynodError(
      'NOT_AUTHORIZED',
      `the NATS server ${server} does not let this user in: ${error.message}; check the credentials`,
      {
        cause: error,
      },
    );
  if (isTlsFailure(error))
    return new SynodError('TLS_FAILED', `no trusted TLS connection to the NATS server ${server}: ${error.message}; check the option tls`, {
      cause: error,
    });
  return undefined;
};

/**
 * Connects to one of the servers. Every connection is a new one, of a client that does not reconnect by itself: what such a client
 * does after a server stood still, or about frames that wait, cannot be told to it.
 */
export class Dialer {
  readonly #access: Access;
  readonly #name: string;
  readonly #random = systemRandom();
  /** Servers that the last one told of, besides those given. */
  #told: readonly string[] = [];
  /** Rounds without a connection that lasted. */
  #rounds = 0;

  /** `name` is what the server shows of the connection. */
  constructor(access: Access, name: string) {
    this.#access = access;
    this.#name = name;
  }

  /** Those of the options. */
  get servers(): string {
    return this.#access.servers.join(', ');
  }

  /** Tries the servers, in any order, round after round, until one takes us; undefined if `signal` ends it. `failed` may throw. */
  async dial(signal: AbortSignal, failed: (failures: readonly Failure[]) => void): Promise<NatsConnection | undefined> {
    while (!signal.aborted) {
      await this.#pause(signal);
      const failures: Failure[] = [];
      for (const server of this.#candidates()) {
        if (signal.aborted) return undefined;
        const found = await this.#connect(server, signal).catch(
          (thrown: unknown) => void failures.push({ server, error: errorOf(thrown) }),
        );
        if (found === undefined) continue;
        if (signal.aborted) return found.close().then(() => undefined);
        this.#told = found.info?.connect_urls ?? [];
        return found;
      }
      if (!signal.aborted) failed(failures);
    }
    return undefined;
  }

  /** The connection lasted: after the next loss the first round is at once. */
  settled(): void {
    this.#rounds = 0;
  }

  async #connect(server: string, signal: AbortSignal): Promise<NatsConnection> {
    const { tls } = this.#access;
    await probe(server, tls?.handshakeFirst === true ? 'client' : 'server', CONNECT_TIMEOUT, signal);
    return connect({
      ...this.#access,
      servers: [server],
      name: this.#name,
      noEcho: true,
      reconnect: false,
      ignoreClusterUpdates: true,
      timeout: CONNECT_TIMEOUT,
    });
  }

  #candidates(): string[] {
    const order = [...new Set([...this.#access.servers, ...this.#told])];
    for (let i = order.length - 1; i > 0; i--) {
      const j = randomBelow(this.#random, i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }

  async #pause(signal: AbortSignal): Promise<void> {
    if (this.#rounds++ === 0) return;
    const longest = Math.min(MAX_PAUSE, MIN_PAUSE * 2 ** Math.min(this.#rounds - 2, 10));
    await delay(longest / 2 + randomBelow(this.#random, longest / 2), undefined, { signal }).catch(() => {});
  }
}

const errorOf = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
