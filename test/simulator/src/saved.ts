import { readFileSync } from 'node:fs';
import { UsageError } from '@synod/example-kv/program';
import { z } from 'zod';
import { MOST_NODES } from './options.js';

const PLANNED = z.strictObject({
  number: z.int().min(0),
  fault: z.string(),
  at: z.number().min(0),
  lasts: z.number().min(0),
});

const SAVED = z.strictObject({
  protocol: z.string(),
  nodes: z.int().min(1).max(MOST_NODES),
  /** The bug that was planted. */
  mutant: z.string().optional(),
  seed: z.int().min(0),
  /** ms. */
  duration: z.number().positive(),
  clients: z.int().min(1),
  network: z.enum(['calm', 'rough']),
  plan: z.array(PLANNED),
});

/** A history as it lies in a file. */
export type Saved = z.infer<typeof SAVED>;

/** Throws `UsageError` if the file is not there or holds no history. */
export const readSaved = (file: string): Saved => {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `--replay: ${file} could not be read as JSON: ${(error as Error).message}; allowed is a schedule.json that was saved`,
    );
  }
  const saved = SAVED.safeParse(content);
  if (!saved.success) throw new UsageError(`--replay: ${file} holds no history: ${z.prettifyError(saved.error)}`);
  return saved.data;
};
