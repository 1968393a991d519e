import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a process tells the one that started it: `is` says what kind of thing. */
export interface Word {
  readonly is: string;
}

/** A program in a process of its own. `Words`: what it tells. */
export class Child<Words extends Word = Word> {
  readonly #process: ChildProcess;
  /** Resolves when the process is gone. */
  readonly ended: Promise<unknown>;

  /** `settings` are plain data. `heard` is told each word. */
  constructor(
    readonly name: string,
    program: URL,
    settings: object,
    heard: (word: Words) => void = () => {},
  ) {
    this.#process = fork(program, [JSON.stringify(settings)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#process.on('message', heard);
    this.ended = once(this.#process, 'close');
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  say(word: object): void {
    this.#process.send(word, () => {});
  }

  /** Resolves with the next word of this kind. Rejects if the process ends. */
  hears<Is extends Words['is']>(is: Is): Promise<Extract<Words, { readonly is: Is }>> {
    const hearing = new Promise<Extract<Words, { readonly is: Is }>>((resolve, reject) => {
      const hear = (word: Words): void => {
        if (word.is !== is) return;
        this.#process.off('message', hear);
        resolve(word as Extract<Words, { readonly is: Is }>);
      };
      this.#process.on('message', hear);
      void this.ended.then(() => reject(new Error(`${this.name} has ended`)));
    });
    // Whoever waits for something else first still hears of it.
    hearing.catch(() => {});
    return hearing;
  }

  /** As a process that gets no time: nothing of it runs, and nobody is told. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  goOn(): void {
    this.#process.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.ended;
  }

  /** Asks it to stop, and sees to it that it does. */
  async stop(patience = 5_000): Promise<void> {
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), patience);
    this.#process.kill('SIGTERM');
    await this.ended;
    clearTimeout(timer);
  }
}
