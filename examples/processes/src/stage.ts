import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, type Word } from './child.js';

/** Where an example plays: its child processes, and a directory for their data. */
export interface Stage {
  readonly directory: string;
  /** `heard` is told each word of it. */
  start<Words extends Word>(name: string, program: URL, settings: object, heard?: (word: Words) => void): Child<Words>;
  /** A line, behind the time that has passed. */
  tell(line: string): void;
}

/**
 * Plays for `limit` ms at most, and ends this process: with 0 when the play is over, with 1 if it fails or is interrupted. Neither
 * child processes nor their data are left behind.
 */
export const onStage = async (limit: number, play: (stage: Stage) => Promise<void>): Promise<never> => {
  const began = performance.now();
  const directory = await mkdtemp(join(tmpdir(), 'synod-example-'));
  const children: Pick<Child, 'running' | 'kill'>[] = [];
  const stage: Stage = {
    directory,
    start: (...given) => {
      const child = new Child(...given);
      children.push(child);
      return child;
    },
    tell: (line) => console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  ${line}`),
  };
  // Whatever ends this process, and be it an error of its own.
  process.once('exit', () => {
    for (const child of children) if (child.running) void child.kill();
  });
  const cutShort = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`it did not end in ${limit / 1000} s`)), limit);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => reject(new Error('interrupted')));
  });
  let code = 0;
  try {
    await Promise.race([play(stage), cutShort]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    code = 1;
  }
  await Promise.all(children.filter(({ running }) => running).map((child) => child.kill()));
  await rm(directory, { recursive: true, force: true });
  process.exit(code);
};
