import type { Node } from '@synod/core';
import { tell } from './words.js';

/** What a node tells the stage: that it runs, and each time that it begins to lead, in which round of ballots. */
export type NodeWords = { readonly is: 'running' } | { readonly is: 'leading'; readonly round: number };

/** Starts a node, and runs it until this process is told to stop, or the one that started it is gone. */
export const serve = (node: Node): void => {
  const stop = (): void => void node.stop$().subscribe({ error: fail, complete: () => process.exit(0) });
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);
  // Ctrl-C reaches all processes of a terminal; the stage says what becomes of this one.
  process.on('SIGINT', () => {});
  node.failure$.subscribe(fail);
  // Before it starts: on a busy machine the others may have elected it before it hears that it runs.
  node.events$.subscribe(({ event, ballot }) => {
    if (event === 'leading') tell({ is: 'leading', round: Number.parseInt(String(ballot), 10) } satisfies NodeWords);
  });
  node.start$().subscribe({ error: fail, complete: () => tell({ is: 'running' } satisfies NodeWords) });
  if (!process.connected) stop();
};

const fail = (error: unknown): never => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
};
