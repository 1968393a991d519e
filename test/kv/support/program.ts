import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../../examples/kv/src/cluster/free-ports.js';

/** The programs as users run them: built, each in processes of its own. */
const DIST = fileURLToPath(new URL('../../../examples/kv/dist/', import.meta.url));

export class Program {
  output = '';
  readonly child: ChildProcess;
  readonly code: Promise<number | null>;
  #changed = (): void => {};

  constructor(name: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
    const env = { ...process.env, ...environment };
    this.child = spawn(process.execPath, [join(DIST, name), ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.code = once(this.child, 'close').then(([code]) => {
      this.#changed();
      return code;
    });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.#changed();
      });
  }

  /** Resolves once the output holds it. */
  async prints(expected: string | RegExp): Promise<void> {
    while (!(typeof expected === 'string' ? this.output.includes(expected) : expected.test(this.output))) {
      if (this.child.exitCode !== null) throw new Error(`ended without ${expected}:\n${this.output}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** How it ended, and all that it printed. */
  async ending(): Promise<readonly [code: number | null, output: string]> {
    return [await this.code, this.output];
  }
}

/** A directory with the file of a deployment of three nodes on free ports, and the programs that a test starts. */
export class Workshop {
  readonly #running: Program[] = [];

  private constructor(
    readonly directory: string,
    readonly configFile: string,
    /** Of Redis at a, b and c, then of the peers. */
    readonly ports: readonly number[],
  ) {}

  static async open(): Promise<Workshop> {
    const directory = mkdtempSync(join(tmpdir(), 'synod-programs-'));
    const ports = await freePorts(6);
    const workshop = new Workshop(directory, join(directory, 'kv.json'), ports);
    const nodes = ['a', 'b', 'c'].map((id, i) => ({ id, address: `tcp://127.0.0.1:${ports[i + 3]}`, redis: `127.0.0.1:${ports[i]}` }));
    workshop.write('kv.json', { nodes });
    return workshop;
  }

  /** Writes the file of a deployment, and returns its path. */
  write(name: string, changes: object): string {
    const file = join(this.directory, name);
    writeFileSync(file, JSON.stringify({ cluster: 'test', transport: 'zmq', data: 'data', ...changes }));
    return file;
  }

  program(name: string, ...args: readonly string[]): Program {
    return this.programWith({}, name, ...args);
  }

  programWith(environment: NodeJS.ProcessEnv, name: string, ...args: readonly string[]): Program {
    const started = new Program(name, args, environment);
    this.#running.push(started);
    return started;
  }

  async cli(port: number, ...words: readonly string[]): Promise<string> {
    const [, output] = await this.program('cli.js', '-p', String(port), ...words).ending();
    return output.trim();
  }

  async close(): Promise<void> {
    for (const { child, code } of this.#running) {
      child.kill('SIGKILL');
      await code;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
