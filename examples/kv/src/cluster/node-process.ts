import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { NodeEvent } from '@synod/core';
import { NODE_FLAGS } from './node-flags.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

/** What a node process sends to the one that started it: that it serves, or what happened. */
export type NodeMessage = 'listening' | NodeEvent;

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
  /** What happens at the node. */
  readonly tells?: (event: NodeEvent) => void;
}

/** A process ended before its node served anybody; the message is its own. */
export class NotStartedError extends Error {
  constructor(
    message: string,
    readonly exitCode: number | null,
  ) {
    super(message);
  }
}

/** A node of the store as a child process. It ends when this process does. */
export class NodeProcess {
  readonly #child: ChildProcess;
  /** Resolves when the process is gone. */
  readonly ended: Promise<Ending>;
  /** Resolves when the node listens; rejects with `NotStartedError` if the process ends before. */
  readonly listening: Promise<void>;
  /** Whether it has come to that. */
  listens = false;
  /** What it said last, and on stderr: why it ended, if it did. */
  lastLine = '';
  lastError = '';

  constructor(readonly options: NodeProcessOptions) {
    const config = options.configFile === undefined ? [] : ['--config', options.configFile];
    this.#child = fork(MAIN, ['--node', options.id, ...config], {
      execArgv: [...process.execArgv, ...NODE_FLAGS],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
    this.listening = new Promise((resolve, reject) => {
      this.#child.on('message', (message: NodeMessage) => {
        if (message !== 'listening') return options.tells?.(message);
        this.listens = true;
        resolve();
      });
      void this.ended.then(({ code }) =>
        reject(new NotStartedError(this.lastError || `node ${options.id} ended before it listened`, code)),
      );
    });
    this.listening.catch(() => {});
    this.#listen(this.#child.stdout!, () => {});
    this.#listen(this.#child.stderr!, (line) => {
      this.lastError = line;
    });
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

  #listen(stream: NodeJS.ReadableStream, heard: (line: string) => void): void {
    createInterface(stream).on('line', (line) => {
      this.lastLine = line;
      heard(line);
      this.options.says(line);
    });
  }
}
