import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TracedEvent } from '@synod/core';
import { type Run, simulate } from '@synod/core/simulation';
import { subjectOf } from './campaign.js';
import type { Saved } from './saved.js';
import { historyFrom } from './saved-history.js';

/** Lines of a transcript that are kept, at most: the last ones. */
const MOST_LINES = 100_000;

/** Lets a saved history happen with everything traced. What it told is written to `directory`, if there is one. */
export const play = (saved: Saved, directory?: string): { readonly run: Run; readonly transcript: readonly string[] } => {
  const lines: string[] = [];
  if (directory !== undefined) mkdirSync(directory, { recursive: true });
  const trace = directory === undefined ? undefined : openSync(join(directory, 'trace.jsonl'), 'w');
  const listen = (event: TracedEvent): void => {
    if (trace !== undefined) writeSync(trace, `${JSON.stringify(event)}\n`);
    lines.push(JSON.stringify(event));
    if (lines.length >= 2 * MOST_LINES) lines.splice(0, MOST_LINES);
  };
  const run = simulate({ ...subjectOf(saved.protocol, saved.nodes), ...historyFrom(saved) }, listen);
  if (trace !== undefined) closeSync(trace);
  const transcript = lines.slice(-MOST_LINES);
  if (directory !== undefined) {
    writeFileSync(join(directory, 'schedule.json'), `${JSON.stringify(saved, undefined, 2)}\n`);
    writeFileSync(join(directory, 'transcript.txt'), `${transcript.join('\n')}\n`);
    writeFileSync(join(directory, 'history.jsonl'), run.operations.map((operation) => `${JSON.stringify(operation)}\n`).join(''));
  }
  return { run, transcript };
};
