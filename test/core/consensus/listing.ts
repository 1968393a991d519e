import { msgpack, type StateMachine } from '@synod/core';
import { decodeCommands } from '../../../packages/core/src/replication/batch.js';
import { type Entry, EntryType } from '../../../packages/core/src/replication/entry.js';

/** Keeps the commands in the order in which they were applied; a query answers with them all. */
export class Listing implements StateMachine<string, number, unknown, string[]> {
  applied: string[] = [];
  apply(command: string): number {
    return this.applied.push(command);
  }
  query(): string[] {
    return this.applied;
  }
  snapshot(): Iterable<Uint8Array> {
    return [msgpack().encode(this.applied)];
  }
  restore(pieces: Iterable<Uint8Array>): void {
    for (const piece of pieces) this.applied = msgpack<string[]>().decode(piece);
  }
}

/** `no-op`, `open`, or the commands of a batch. */
export const textOf = ({ type, payload }: Entry): string => {
  if (type === EntryType.Noop) return 'no-op';
  if (type === EntryType.Tick) return 'tick';
  if (type === EntryType.Open) return 'open';
  return decodeCommands(payload)
    .map((command) => msgpack<string>().decode(command))
    .join(' ');
};
