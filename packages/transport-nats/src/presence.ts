import { SynodError } from '@synod/core';
import { isForbidden, isUnanswered, type NatsConnection, type NatsMessage, type NatsSubscription } from './connection.js';
import type { Subjects } from './subjects.js';

/** ms for another of this id to answer; the server says at once if nobody has subscribed. */
const ANSWER_TIMEOUT = 2_000;

const STARTED = '+';
const STARTING = '-';

/**
 * NATS lets any number subscribe to a subject. So whoever bears a node's id answers on a subject beside the node's own, and whoever
 * starts asks there first. Each life of a node has a random name; of two that start at once the one with the lesser name goes on.
 */
export class Presence {
  readonly #connection: NatsConnection;
  readonly #subjects: Subjects;
  readonly #life: string;
  #state = STARTING;

  constructor(connection: NatsConnection, subjects: Subjects, life: string) {
    this.#connection = connection;
    this.#subjects = subjects;
    this.#life = life;
  }

  /** From now on whoever asks is answered. `denied` hears if the server does not allow it. */
  answer(denied: (error: Error) => void): NatsSubscription {
    const { here } = this.#subjects;
    return this.#connection.subscribe(here, {
      callback: (error: Error | null, message: NatsMessage) => {
        try {
          if (error !== null) return denied(error);
          const { data, reply } = message;
          // A stranger does not choose where we publish.
          if (!reply?.startsWith(`${here}.`) || text(data) === this.#life) return;
          this.#connection.publish(reply, new TextEncoder().encode(this.#state + this.#life));
        } catch {
          // The connection is closing. A throw would end the client's reading.
        }
      },
    });
  }

  started(): void {
    this.#state = STARTED;
  }

  /** True if another that bears this node's id is up, or starts and has precedence. */
  async taken(): Promise<boolean> {
    const { here } = this.#subjects;
    try {
      const options = { timeout: ANSWER_TIMEOUT, noMux: true, reply: `${here}.${this.#life}` };
      const { data } = await this.#connection.request(here, new TextEncoder().encode(this.#life), options);
      const answer = text(data);
      const life = answer.slice(1);
      return life !== this.#life && (answer.startsWith(STARTED) || life < this.#life);
    } catch (error) {
      if (isUnanswered(error)) return false;
      if (isForbidden(error)) throw forbidden(error as Error, this.#subjects);
      throw error;
    }
  }
}

export const forbidden = (error: Error, { own, here }: Subjects): SynodError =>
  new SynodError(
    'NOT_AUTHORIZED',
    `the NATS server does not let this user use ${own} and ${here}: ${error.message}; let it publish and subscribe to ${own.slice(0, own.lastIndexOf('.'))}.>`,
    { cause: error },
  );

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
