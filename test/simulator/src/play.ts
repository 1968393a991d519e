import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type TracedEvent, Transcript, traceLine } from '@synod/core';
import { historyLines, historyOf, type Run, simulate } from '@synod/core/simulation';
import { subjectOf } from './campaign.js';
import type { Saved } from './saved.js';
import { historyFrom } from './saved-history.js';

/** Lets a saved history happen with everything traced, and hands each line of its transcript to `write`. */
export const play = (saved: Saved, write: (line: string) => void, listen?: (event: TracedEvent) => void): Run => {
  const { phrasebook, ...subject } = subjectOf(saved.protocol, saved.nodes);
  const transcript = new Transcript(write, phrasebook && { phrasebook });
  const run = simulate({ ...subject, ...historyFrom(saved) }, (event) => {
    transcript.tell(event);
    listen?.(event);
  });
  transcript.end();
  return run;
};

/** As `play`, and writes all that it told to files in `directory`. Returns the last `lines` lines of the transcript. */
export const save = (saved: Saved, directory: string, lines: number): readonly string[] => {
  mkdirSync(directory, { recursive: true });
  const [trace, transcript] = ['trace.jsonl', 'transcript.txt'].map((name) => openSync(join(directory, name), 'w')) as [number, number];
  const last: string[] = [];
  const write = (line: string): void => {
    writeSync(transcript, `${line}\n`);
    last.push(line);
    if (last.length > lines) last.shift();
  };
  const run = play(saved, write, (event) => writeSync(trace, `${traceLine(event)}\n`));
  for (const file of [trace, transcript]) closeSync(file);
  writeFileSync(join(directory, 'schedule.json'), `${JSON.stringify(saved, undefined, 2)}\n`);
  writeFileSync(join(directory, 'history.jsonl'), historyLines(historyOf(run.operations)));
  return last;
};
