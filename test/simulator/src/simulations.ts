import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** Runs the simulate command in processes of its own. */
export class Simulations {
  readonly #running = new Set<ChildProcess>();
  stopped = false;

  /** `output`: what it printed, without what it told meanwhile, which is told here if it failed; nothing if it was stopped. */
  run(args: readonly string[]): Promise<{ readonly output: string; readonly failed: boolean }> {
    if (this.stopped) return Promise.resolve({ output: '', failed: false });
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      this.#running.add(child);
      let output = '';
      let errors = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors += text;
      });
      child.on('error', reject);
      child.on('close', (code) => {
        this.#running.delete(child);
        const failed = code !== 0 && !this.stopped;
        if (failed) process.stderr.write(errors);
        resolve({ output: output.trimEnd(), failed });
      });
    });
  }

  /** Nothing more begins, and what runs is killed. */
  stop(): void {
    this.stopped = true;
    for (const child of this.#running) child.kill();
  }
}
