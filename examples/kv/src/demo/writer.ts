import type { Redis } from 'ioredis';
import { oneShotClient } from '../cluster/node-info.js';
import type { ListenAt } from '../server/redis-server.js';
import type { Journal } from './journal.js';

/** ms without a reply after which a writer gives a node up; a node itself answers -TIMEOUT after 5 s. */
const PATIENCE = 7_000;
/** ms before a writer turns to another node. */
const PAUSE = 20;

/**
 * Writes key after key, each once, through a real Redis client, and books what became of it. It turns to another node when one is
 * gone. What is refused, it sends again; what has an unknown outcome, it leaves.
 */
export class Writer {
  #stopped = false;
  readonly done: Promise<void>;

  constructor(
    private readonly name: string,
    private readonly doors: readonly ListenAt[],
    private readonly journal: Journal,
    private door: number,
  ) {
    this.done = this.#run();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.done;
  }

  async #run(): Promise<void> {
    let written = 0;
    while (!this.#stopped) {
      const redis = oneShotClient(this.doors[this.door++ % this.doors.length]!);
      try {
        await redis.connect();
        while (!this.#stopped && (await this.#write(redis, `${this.name}:${written}`))) written++;
      } catch {
        // Nobody at this door: on to the next.
      } finally {
        redis.disconnect();
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** Whether to go on at this node with the next key. Each write also counts, so that one that happened twice would show. */
  async #write(redis: Redis, key: string): Promise<boolean> {
    const sent = performance.now();
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('no reply')), PATIENCE);
      });
      const replies = await Promise.race([redis.multi().set(key, key).incr('count').exec(), late]);
      const failure = replies?.find(([error]) => error !== null)?.[0];
      if (failure) throw failure;
      this.journal.acknowledged(key, sent);
      return true;
    } catch (error) {
      if (/^(UNAVAILABLE|EXECABORT)/.test((error as Error).message)) {
        this.journal.refused();
        return false;
      }
      this.journal.unknown(key);
      // The connection broke, or the node does not know: this key is left as it is.
      return /^TIMEOUT/.test((error as Error).message);
    } finally {
      clearTimeout(timer);
    }
  }
}
