import type { Log } from './commit-log.js';
import { decode, encode, type Links } from './links.js';
import { LEADER, type Slot } from './messages.js';

export const bareFollower = async (links: Links, log: Log, id: number): Promise<void> => {
  const toLeader = links.sender(LEADER);
  const state = new Map<string, Uint8Array>();
  await links.receive(id, (part) => {
    const [slot, commands] = decode(part) as Slot;
    log.append(part, () => toLeader(encode(slot)));
    for (const [, key, value] of commands) state.set(key, value);
  });
};
