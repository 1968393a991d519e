import type { Target } from '../closed-loop.js';
import { decode, encode, type Links } from './links.js';
import { type Answers, CLIENT, type Command, LEADER } from './messages.js';

export const bareClient = async (links: Links, bytes: number): Promise<Target> => {
  const toLeader = links.sender(LEADER);
  const value = Buffer.alloc(bytes, 'x');
  const pending = new Map<number, () => void>();
  let gathered: Command[] = [];
  let lastId = 0;
  await links.receive(CLIENT, (part) => {
    for (const id of decode(part) as Answers) {
      pending.get(id)!();
      pending.delete(id);
    }
  });
  const flush = (): void => {
    toLeader(encode(gathered));
    gathered = [];
  };
  const put = (key: string): Promise<void> =>
    new Promise((resolve) => {
      if (gathered.length === 0) setImmediate(flush);
      pending.set(++lastId, resolve);
      gathered.push([lastId, key, value]);
    });
  await put('warm');
  // It cannot read, and needs no reads to be the bound of a store that writes.
  return { put, get: put };
};
