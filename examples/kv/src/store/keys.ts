import { globMatches } from './glob.js';
import { parseInteger } from './integers.js';
import type { Keyspace } from './keyspace.js';
import { MAX_SCAN_COUNT } from './limits.js';
import { Failure, NOT_AN_INTEGER, OK, type Reply, Status, SYNTAX_ERROR } from './reply.js';

export const del = (keys: Keyspace, args: readonly string[]): Reply => {
  let deleted = 0;
  for (const key of args) if (keys.delete(key)) deleted++;
  return deleted;
};

/** A key named twice counts twice. */
export const exists = (keys: Keyspace, args: readonly string[]): Reply => {
  let found = 0;
  for (const key of args) if (keys.get(key) !== undefined) found++;
  return found;
};

export const type = (keys: Keyspace, [key]: readonly string[]): Reply => (keys.get(key!) === undefined ? NONE : STRING);
const NONE = new Status('none');
const STRING = new Status('string');

export const dbsize = (keys: Keyspace): Reply => keys.size;

export const flushall = (keys: Keyspace, [mode]: readonly string[]): Reply => {
  if (mode !== undefined && !/^(A?SYNC)$/i.test(mode)) return SYNTAX_ERROR;
  keys.clear();
  return OK;
};

/**
 * The cursor is the hash to go on from, so any replica can serve the next page. A key that is there throughout is returned exactly
 * once; one that comes or goes meanwhile, at most once.
 */
export const scan = (keys: Keyspace, [cursor, ...words]: readonly string[]): Reply => {
  const from = parseInteger(cursor!);
  if (from === undefined || from < 0) return new Failure('ERR invalid cursor');
  if (from >= 2 ** 32) return ['0', []];
  let count = 10;
  let pattern = '*';
  let wanted = 'string';
  for (let i = 0; i < words.length; i += 2) {
    const [option, value] = [words[i]!.toUpperCase(), words[i + 1]];
    if (value === undefined || !/^(MATCH|COUNT|TYPE)$/.test(option)) return SYNTAX_ERROR;
    if (option === 'MATCH') pattern = value;
    else if (option === 'TYPE') wanted = value.toLowerCase();
    else {
      const asked = parseInteger(value);
      if (asked === undefined) return NOT_AN_INTEGER;
      if (asked < 1) return SYNTAX_ERROR;
      count = Math.min(Number(asked), MAX_SCAN_COUNT);
    }
  }
  const { entries, next } = keys.page(Number(from), count);
  const found = entries.map(({ key }) => key).filter((key) => wanted === 'string' && (pattern === '*' || globMatches(pattern, key)));
  return [String(next), found];
};

/** DEBUG DIGEST: what two replicas compare. DEBUG KEYSPACE: keys, keys with a deadline, log time. */
export const debug = (keys: Keyspace, [subcommand]: readonly string[]): Reply => {
  if (/^DIGEST$/i.test(subcommand!)) return new Status(keys.digest);
  if (/^KEYSPACE$/i.test(subcommand!)) return [keys.size, keys.expiring, keys.time];
  return new Failure(`ERR unknown subcommand '${subcommand!.slice(0, 128)}'. Try DEBUG DIGEST.`);
};
