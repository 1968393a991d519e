import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../cluster/node-flags.js';
import type { Load, Measured } from './closed-loop.js';
import type { Assignment, Request, Response, Usage } from './protocol.js';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));

/** One process of the bench, seen from the process that conducts it. */
export class WorkerProcess {
  readonly #child: ChildProcess = fork(WORKER, {
    execArgv: [...process.execArgv, ...NODE_FLAGS],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });

  private constructor(private readonly role: string) {}

  /** Resolves when the process is ready for work. */
  static async start(assignment: Assignment): Promise<WorkerProcess> {
    const worker = new WorkerProcess(assignment.role);
    await worker.#ask(assignment);
    return worker;
  }

  async run(load: Load): Promise<Measured> {
    const response = await this.#ask({ run: load });
    if (typeof response === 'object' && 'measured' in response) return response.measured;
    throw new Error(`${this.role} answered ${JSON.stringify(response)} to a load`);
  }

  async usage(): Promise<Usage> {
    const response = await this.#ask('usage');
    if (typeof response === 'object' && 'usage' in response) return response.usage;
    throw new Error(`${this.role} answered ${JSON.stringify(response)} to a question`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async #ask(request: Request): Promise<Response> {
    const waiting = new AbortController();
    const { signal } = waiting;
    this.#child.send(request);
    try {
      const died = once(this.#child, 'exit', { signal }).then(([code]) => {
        throw new Error(`${this.role} ended with code ${code}`);
      });
      died.catch(() => {});
      const [response] = (await Promise.race([once(this.#child, 'message', { signal }), died])) as [Response];
      if (typeof response === 'object' && 'failed' in response) throw new Error(`${this.role}: ${response.failed}`);
      return response;
    } finally {
      waiting.abort();
    }
  }
}
