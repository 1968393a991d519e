import type { RunningNode } from '@synod/core';
import { tell } from './words.js';

/** What a node tells the stage: that it runs, and each time that it begins to lead, in which round of ballots. */
export type NodeWords = { readonly is: 'running' } | { readonly is: 'leading'; readonly round: number };

/** Runs a node until this process is told to stop, or the one that started it is gone. */
export const serve = async (starting: Promise<RunningNode>): Promise<void> => {
  try {
    const node = await starting;
    const stop = (): void => void node.stop().then(() => process.exit(0));
    process.once('SIGTERM', stop);
    process.once('disconnect', stop);
    // Ctrl-C reaches all processes of a terminal; the stage says what becomes of this one.
    process.on('SIGINT', () => {});
    node.failure$.subscribe(fail);
    node.events$.subscribe(({ event, ballot }) => {
      if (event === 'leading') tell({ is: 'leading', round: Number.parseInt(String(ballot), 10) } satisfies NodeWords);
    });
    if (!process.connected) stop();
    tell({ is: 'running' } satisfies NodeWords);
  } catch (error) {
    fail(error);
  }
};

const fail = (error: unknown): never => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
};
