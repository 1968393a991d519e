import { STORE_COMMANDS } from '../store/commands.js';
import { parseInteger } from '../store/integers.js';
import { Failure, NOT_AN_INTEGER, OK, type Reply, Status } from '../store/reply.js';
import type { Door, Guest } from './door.js';
import { TRANSACTION_COMMANDS } from './transaction.js';

/** A command that is answered at the door and leaves no trace in the log. */
export interface DoorCommand {
  readonly name: string;
  /** As Redis counts: the name too; -n is n or more. */
  readonly arity: number;
  /** Whether MULTI queues it; if not, it spoils the transaction. */
  readonly transaction: 'queued' | 'refused';
  readonly run: (args: readonly string[], guest: Guest, door: Door) => Reply | Promise<Reply>;
}

const PONG = new Status('PONG');

const unknownSubcommand = (command: string, word: string): Failure =>
  new Failure(`ERR unknown subcommand '${word.slice(0, 128)}'. Try ${command} HELP.`);

const select = ([index]: readonly string[]): Reply => {
  const parsed = parseInteger(index!);
  if (parsed === undefined) return NOT_AN_INTEGER;
  return parsed === 0 ? OK : new Failure('ERR DB index is out of range');
};

const hello = ([version, ...words]: readonly string[], guest: Guest): Reply => {
  if (version !== undefined) {
    const parsed = parseInteger(version);
    if (parsed === undefined) return new Failure('ERR Protocol version is not an integer or out of range');
    if (parsed !== 2) return new Failure('NOPROTO unsupported protocol version');
  }
  for (let i = 0; i < words.length; ) {
    const option = words[i]!.toUpperCase();
    const taken = option === 'AUTH' ? 2 : option === 'SETNAME' ? 1 : Number.POSITIVE_INFINITY;
    if (i + taken >= words.length) return new Failure(`ERR Syntax error in HELLO option '${words[i]!.slice(0, 128)}'`);
    // As a Redis without a password: the default user comes in with any, nobody else does.
    if (option === 'AUTH' && words[i + 1] !== 'default')
      return new Failure('WRONGPASS invalid username-password pair or user is disabled.');
    if (option === 'SETNAME') guest.name = words[i + 1]!;
    i += 1 + taken;
  }
  return ['server', 'redis', 'version', '7.2.0', 'proto', 2, 'id', guest.id, 'mode', 'standalone', 'role', 'master', 'modules', []];
};

const client = ([word, ...args]: readonly string[], guest: Guest, door: Door): Reply => {
  switch (word!.toUpperCase()) {
    case 'ID':
      return guest.id;
    case 'GETNAME':
      return guest.name === '' ? null : guest.name;
    case 'SETNAME':
      if (args.length !== 1) return new Failure("ERR wrong number of arguments for 'client|setname' command");
      if (/[^!-~]/.test(args[0]!)) return new Failure('ERR Client names cannot contain spaces, newlines or special characters.');
      guest.name = args[0]!;
      return OK;
    case 'SETINFO':
      return args.length === 2 ? OK : new Failure("ERR wrong number of arguments for 'client|setinfo' command");
    case 'INFO':
      return describe(guest);
    case 'LIST':
      return [...door.guests].map(describe).join('');
    default:
      return unknownSubcommand('CLIENT', word!);
  }
};

const describe = ({ id, address, name, since }: Guest): string =>
  `id=${id} addr=${address} name=${name} age=${Math.floor((Date.now() - since) / 1000)} db=0 resp=2\n`;

const names = (): string[] =>
  [...STORE_COMMANDS.keys(), ...DOOR_COMMANDS.keys(), ...TRANSACTION_COMMANDS.keys()].map((name) => name.toLowerCase());

/** Clients ask, and do without: their own tables say where the keys stand. */
const command = ([word]: readonly string[]): Reply => {
  switch (word?.toUpperCase() ?? 'INFO') {
    case 'DOCS':
    case 'INFO':
      return [];
    case 'COUNT':
      return names().length;
    case 'LIST':
      return names();
    default:
      return unknownSubcommand('COMMAND', word!);
  }
};

const ALL: readonly DoorCommand[] = [
  { name: 'PING', arity: -1, transaction: 'queued', run: ([message]) => message ?? PONG },
  { name: 'ECHO', arity: 2, transaction: 'queued', run: ([message]) => message! },
  { name: 'SELECT', arity: 2, transaction: 'queued', run: select },
  { name: 'HELLO', arity: -1, transaction: 'refused', run: hello },
  { name: 'CLIENT', arity: -2, transaction: 'refused', run: client },
  { name: 'COMMAND', arity: -1, transaction: 'refused', run: command },
  { name: 'INFO', arity: -1, transaction: 'refused', run: (args, _guest, door) => door.info(args) },
  { name: 'KEYS', arity: 2, transaction: 'refused', run: ([pattern], _guest, door) => door.keys(pattern!) },
  { name: 'QUIT', arity: -1, transaction: 'refused', run: () => OK },
];

export const DOOR_COMMANDS: ReadonlyMap<string, DoorCommand> = new Map(ALL.map((each) => [each.name, each]));
