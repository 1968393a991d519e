import type { SchedulerLike, Subscription } from 'rxjs';
import type { Message } from './envelope.js';

/** The named timers of one actor: the same name replaces. */
export class Timers {
  readonly #running = new Map<string, Subscription>();

  constructor(
    private readonly scheduler: SchedulerLike,
    private readonly fire: (message: Message) => void,
  ) {}

  start(name: string, delay: number, message: Message): void {
    this.#running.get(name)?.unsubscribe();
    const subscription = this.scheduler.schedule(() => {
      if (this.#running.get(name) === subscription) this.#running.delete(name);
      this.fire(message);
    }, delay);
    this.#running.set(name, subscription);
  }

  stop(name: string): void {
    this.#running.get(name)?.unsubscribe();
    this.#running.delete(name);
  }

  stopAll(): void {
    for (const subscription of this.#running.values()) subscription.unsubscribe();
    this.#running.clear();
  }
}
