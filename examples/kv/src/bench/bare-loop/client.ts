import type { Target } from '../closed-loop.js';
import type { BareLoop } from '../protocol.js';
import { type Answers, CLIENT, type Command, LEADER } from './messages.js';
import { decode, encode, receive, sender } from './sockets.js';

export const bareClient = async ({ endpoints, bytes }: BareLoop): Promise<Target> => {
  const toLeader = sender(endpoints[LEADER]!);
  const value = Buffer.alloc(bytes, 'x');
  const pending = new Map<number, () => void>();
  let gathered: Command[] = [];
  let lastId = 0;
  await receive(endpoints[CLIENT]!, (part) => {
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
