import { join } from 'node:path';
import type { BareLoop } from '../protocol.js';
import { CommitLog } from './commit-log.js';
import { LEADER, type Slot } from './messages.js';
import { decode, encode, receive, sender } from './sockets.js';

export const bareFollower = async ({ endpoints, directory, sync }: BareLoop, id: number): Promise<void> => {
  const toLeader = sender(endpoints[LEADER]!);
  const log = new CommitLog(join(directory, `bare-${id}`), sync);
  const state = new Map<string, Uint8Array>();
  await receive(endpoints[id]!, (part) => {
    const [slot, commands] = decode(part) as Slot;
    log.append(part, () => toLeader(encode(slot)));
    for (const [, key, value] of commands) state.set(key, value);
  });
};
