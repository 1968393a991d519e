import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface NodeProcessOptions {
  readonly id: string;
  /** The built-in configuration unless given. */
  readonly configFile?: string | undefined;
  /** What the node says, line by line. */
  readonly says: (line: string) => void;
}

/** A node of the store as a child process. It ends when this process does. */
export class NodeProcess {
  readonly #child: ChildProcess;
  /** Resolves when the process is gone. */
  readonly ended: Promise<Ending>;
  /** Resolves when the node listens; rejects if the process ends before. */
  readonly listening: Promise<void>;
  /** What it said last: why it ended, if it did. */
  lastLine = '';

  constructor(readonly options: NodeProcessOptions) {
    const config = options.configFile === undefined ? [] : ['--config', options.configFile];
    this.#child = fork(MAIN, ['--node', options.id, ...config], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
    this.listening = Promise.race([
      once(this.#child, 'message').then(() => {}),
      this.ended.then(() => Promise.reject(new Error(this.lastLine || `node ${options.id} ended before it listened`))),
    ]);
    this.listening.catch(() => {});
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) this.#listen(stream.setEncoding('utf8'));
  }

  get id(): string {
    return this.options.id;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(signal: NodeJS.Signals): Promise<Ending> {
    this.#child.kill(signal);
    return this.ended;
  }

  /** Asks it to stop, and sees to it that it does. */
  async stop(patience = 6_000): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    await this.kill('SIGTERM');
    clearTimeout(timer);
  }

  #listen(stream: NodeJS.ReadableStream): void {
    let rest = '';
    stream.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        this.lastLine = line;
        this.options.says(line);
      }
    });
  }
}
