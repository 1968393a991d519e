import type { Log } from './commit-log.js';
import { decode, encode, type Links } from './links.js';
import { CLIENT, type Command, FOLLOWERS, LEADER, type ToLeader } from './messages.js';

const MAJORITY = 2;

export const bareLeader = async (links: Links, log: Log): Promise<void> => {
  const toFollowers = FOLLOWERS.map((id) => links.sender(id));
  const toClient = links.sender(CLIENT);
  const state = new Map<string, Uint8Array>();
  const open = new Map<number, { votes: number; commands: readonly Command[] }>();
  let next = 0;
  let waiting: Command[] = [];

  const vote = (slot: number): void => {
    const entry = open.get(slot);
    if (entry === undefined || ++entry.votes < MAJORITY) return;
    open.delete(slot);
    for (const [, key, value] of entry.commands) state.set(key, value);
    toClient(encode(entry.commands.map(([id]) => id)));
  };
  const propose = (): void => {
    const slot = next++;
    const commands = waiting;
    waiting = [];
    open.set(slot, { votes: 0, commands });
    const part = encode([slot, commands]);
    for (const send of toFollowers) send(part);
    log.append(part, () => vote(slot));
  };
  await links.receive(LEADER, (part) => {
    const message = decode(part) as ToLeader;
    if (typeof message === 'number') return vote(message);
    if (waiting.length === 0) setImmediate(propose);
    waiting.push(...message);
  });
};
