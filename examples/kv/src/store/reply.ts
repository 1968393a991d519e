/**
 * What a command answers. Keys and values are bytes, held as strings of one char a byte (latin1): immutable, hashable, a third of the
 * size of a small Buffer, and they pin no network frame.
 */
export type Reply = null | string | number | bigint | Status | Failure | readonly Reply[];

/** RESP's simple string: `OK`, `QUEUED`. */
export class Status {
  constructor(readonly status: string) {}
}

/** RESP's error: a code in capitals, then a sentence for people. */
export class Failure {
  constructor(readonly error: string) {}
}

export const OK = new Status('OK');
export const SYNTAX_ERROR = new Failure('ERR syntax error');
export const NOT_AN_INTEGER = new Failure('ERR value is not an integer or out of range');
export const VALUE_TOO_LARGE = new Failure('ERR string exceeds maximum allowed size (proto-max-bulk-len)');

export const REPLY_TOO_LARGE = new Failure('ERR reply too large, ask for less at a time; nothing happened');

/** About the bytes that a reply takes. */
export const replyWeight = (reply: Reply): number => {
  if (typeof reply === 'string') return reply.length;
  return Array.isArray(reply) ? reply.reduce<number>((sum, each) => sum + replyWeight(each), 0) : 8;
};

/** Redis names the command in small letters. */
export const wrongArity = (command: string): Failure => new Failure(`ERR wrong number of arguments for '${command.toLowerCase()}' command`);
