import { SynodError } from '@synod/core';
import { isForbidden, isUnanswered, type NatsConnection, type NatsMessage, type NatsSubscription } from './connection.js';
import type { Subjects } from './subjects.js';

/** ms for another of this id to answer; the server says at once if nobody has subscribed. */
const ANSWER_TIMEOUT = 2_000;

const LIFE = /^[0-9a-f]{32}$/;
const NOTHING = new Uint8Array(0);
const MOST_WAITING = 64;

/**
 * NATS lets any number subscribe to a subject. So whoever bears a node's id answers on a subject beside the node's own, and whoever
 * starts subscribes there, then asks. Each life of a node has a random name: of those that start at once the least goes on.
 */
export class Presence {
  readonly #connection: NatsConnection;
  readonly #subjects: Subjects;
  readonly #life: string;
  #holds = false;
  /** Where those that are to be told, should this one hold the id, wait for it. */
  readonly #waiting: string[] = [];

  constructor(connection: NatsConnection, subjects: Subjects, life: string) {
    this.#connection = connection;
    this.#subjects = subjects;
    this.#life = life;
  }

  /** From now on whoever asks is answered. `denied` hears if the server does not allow it. */
  answer(denied: (error: Error) => void): NatsSubscription {
    return this.#connection.subscribe(this.#subjects.here, {
      callback: (error: Error | null, message: NatsMessage) => {
        try {
          if (error !== null) denied(error);
          else this.#asked(message);
        } catch {
          // The connection is closing. A throw would end the client's reading.
        }
      },
    });
  }

  /** True if another of this node's id is up, or starts and has precedence. */
  async taken(): Promise<boolean> {
    const { here } = this.#subjects;
    try {
      const options = { timeout: ANSWER_TIMEOUT, noMux: true, reply: `${here}.${this.#life}` };
      await this.#connection.request(here, new TextEncoder().encode(this.#life), options);
      return true;
    } catch (error) {
      if (isForbidden(error)) throw forbidden(error as Error, this.#subjects);
      if (isUnanswered(error)) return false;
      throw error;
    }
  }

  /** The id is this node's: whoever asks from now on, or has asked since `answer`, is told so. */
  hold(): void {
    this.#holds = true;
    for (const reply of this.#waiting.splice(0)) this.#connection.publish(reply, NOTHING);
  }

  #asked({ data, reply }: NatsMessage): void {
    const life = new TextDecoder().decode(data);
    // A stranger does not choose where we publish.
    if (!LIFE.test(life) || life === this.#life || reply !== `${this.#subjects.here}.${life}`) return;
    if (this.#holds || this.#life < life) this.#connection.publish(reply, NOTHING);
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(reply);
  }
}

export const forbidden = (error: Error, { own, here }: Subjects): SynodError =>
  new SynodError(
    'NOT_AUTHORIZED',
    `the NATS server does not let this user use ${own} and ${here}: ${error.message}; let it publish and subscribe to ${own.slice(0, own.lastIndexOf('.'))}.>`,
    { cause: error },
  );
