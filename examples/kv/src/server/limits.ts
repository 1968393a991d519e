import { MAX_VALUE_BYTES } from '../store/limits.js';

/** Bounds of one node's door to Redis clients; nodes need not agree on them. */
export const LIMITS = {
  /** Beyond it a client is told so and disconnected. */
  connections: 1_000,
  /** Words of one command: 64 KiB keys by MGET. */
  words: 65_536,
  /** Bytes of one command, and of all that is queued by MULTI: the largest value, and room for its key and options. */
  commandBytes: MAX_VALUE_BYTES + (64 << 10),
  inlineBytes: 64 << 10,
  /** What one connection may have waiting, unanswered; beyond it its socket is not read. */
  waitingBytes: 1 << 20,
  waitingCommands: 10_000,
  /** What KEYS answers. */
  keysBytes: 64 << 20,
  /** Replies that a client does not fetch; beyond it no more of its commands are run. */
  unsentBytes: 16 << 20,
  /** What one log entry or one query gathers of a pipeline. */
  batchBytes: 256 << 10,
  batchCommands: 1_000,
} as const;
