import * as expiry from './expiry.js';
import * as keys from './keys.js';
import type { Keyspace } from './keyspace.js';
import type { Reply } from './reply.js';
import * as strings from './strings.js';

/**
 * - `write`: goes through the log, and every replica executes it. TTL and PTTL do too: only the log knows what time it is;
 * - `read`: sees every write that was acknowledged before it;
 * - `local`: tells of this replica as it is now.
 */
export type Access = 'write' | 'read' | 'local';

/** A command that the state machine executes. */
export interface StoreCommand {
  readonly name: string;
  /** Its number in the log and on the wire: never another's. */
  readonly op: number;
  /** As Redis counts: the name too; -n is n or more. */
  readonly arity: number;
  readonly access: Access;
  readonly run: (keys: Keyspace, args: readonly string[]) => Reply;
}

/** Whether the reply may hold values, and so be large. */
export const answersValues = (command: StoreCommand, args: readonly string[]): boolean =>
  /^(GET|MGET|GETDEL|SCAN)$/.test(command.name) || (command.name === 'SET' && args.length > 2);

const command = (op: number, name: string, arity: number, access: Access, run: StoreCommand['run']): StoreCommand => ({
  name,
  op,
  arity,
  access,
  run,
});

const ALL: readonly StoreCommand[] = [
  command(1, 'GET', 2, 'read', strings.get),
  command(2, 'SET', -3, 'write', strings.set),
  command(3, 'GETDEL', 2, 'write', strings.getdel),
  command(4, 'MGET', -2, 'read', strings.mget),
  command(5, 'MSET', -3, 'write', strings.mset),
  command(6, 'DEL', -2, 'write', keys.del),
  command(7, 'EXISTS', -2, 'read', keys.exists),
  command(8, 'INCR', 2, 'write', strings.incr),
  command(9, 'INCRBY', 3, 'write', strings.incrby),
  command(10, 'DECR', 2, 'write', strings.decr),
  command(11, 'DECRBY', 3, 'write', strings.decrby),
  command(12, 'APPEND', 3, 'write', strings.append),
  command(13, 'STRLEN', 2, 'read', strings.strlen),
  command(14, 'TTL', 2, 'write', expiry.ttl),
  command(15, 'PTTL', 2, 'write', expiry.pttl),
  command(16, 'EXPIRE', -3, 'write', expiry.expire),
  command(17, 'PEXPIRE', -3, 'write', expiry.pexpire),
  command(18, 'PERSIST', 2, 'write', expiry.persist),
  command(19, 'TYPE', 2, 'read', keys.type),
  command(20, 'SCAN', -2, 'read', keys.scan),
  command(21, 'DBSIZE', 1, 'read', keys.dbsize),
  command(22, 'FLUSHALL', -1, 'write', keys.flushall),
  command(23, 'DEBUG', -2, 'local', keys.debug),
];

export const STORE_COMMANDS: ReadonlyMap<string, StoreCommand> = new Map(ALL.map((each) => [each.name, each]));

export const COMMAND_OF_OP: readonly (StoreCommand | undefined)[] = ALL.reduce<(StoreCommand | undefined)[]>((byOp, each) => {
  byOp[each.op] = each;
  return byOp;
}, []);

/** Whether a command takes that many words behind its name. MSET wants pairs, which Redis calls arity too. */
export const takes = ({ name, arity }: Pick<StoreCommand, 'name' | 'arity'>, args: number): boolean =>
  (arity < 0 ? args + 1 >= -arity : args + 1 === arity) && (name !== 'MSET' || args % 2 === 0);
