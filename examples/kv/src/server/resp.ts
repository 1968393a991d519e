import { Failure, OK, type Reply, Status } from '../store/reply.js';

/** A reply as RESP2. Latin1 in, latin1 out: written to the socket with that encoding, every char is its byte. */
export const toResp = (reply: Reply): string => {
  if (reply === OK) return '+OK\r\n';
  if (reply === null) return '$-1\r\n';
  if (typeof reply === 'string') return `$${reply.length}\r\n${reply}\r\n`;
  if (typeof reply === 'number' || typeof reply === 'bigint') return `:${reply}\r\n`;
  if (reply instanceof Status) return `+${oneLine(reply.status)}\r\n`;
  if (reply instanceof Failure) return `-${oneLine(reply.error)}\r\n`;
  return `*${reply.length}\r\n${reply.map(toResp).join('')}`;
};

/** A command's own words may stand in an error; nothing above one byte may. */
const oneLine = (text: string): string => text.replace(/[\r\n]/g, ' ').replace(/[^\0-\xff]/g, '?');
