import { STORE_COMMANDS, takes } from '../store/commands.js';
import { Failure, type Reply, wrongArity } from '../store/reply.js';
import { type Call, requestSize } from '../store/request.js';
import type { Door, Guest } from './door.js';
import { DOOR_COMMANDS, type DoorCommand } from './door-commands.js';
import type { Task } from './tasks.js';
import { TRANSACTION_COMMANDS, TransactionState } from './transaction.js';

/** Makes tasks of a connection's commands, in the order in which they came. */
export class Interpreter {
  readonly #transaction = new TransactionState();

  constructor(
    readonly door: Door,
    readonly guest: Guest,
  ) {}

  interpret([word, ...args]: readonly string[]): Task {
    const name = word!.toUpperCase();
    const command = STORE_COMMANDS.get(name);
    if (command !== undefined) {
      if (!takes(command, args.length)) return this.#transaction.fail(wrongArity(name));
      return this.#storeTask({ command, args });
    }
    if (TRANSACTION_COMMANDS.has(name)) return this.#transaction.command(name, args.length);
    const atDoor = DOOR_COMMANDS.get(name);
    if (atDoor === undefined) return this.#transaction.fail(unknownCommand(word!, args));
    return takes(atDoor, args.length) ? this.#doorTask(atDoor, args) : this.#transaction.fail(wrongArity(name));
  }

  #storeTask(call: Call): Task {
    if (this.#transaction.open) return this.#transaction.queue(call);
    return { access: call.command.access, request: call, bytes: requestSize(call) };
  }

  #doorTask(command: DoorCommand, args: readonly string[]): Task {
    const run = (): Reply | Promise<Reply> => command.run(args, this.guest, this.door);
    const bytes = args.reduce((sum, arg) => sum + arg.length, 0);
    if (command.name === 'QUIT') return { access: 'door', bytes, run, last: true };
    if (!this.#transaction.open) return { access: 'door', bytes, run };
    if (command.transaction === 'refused') return this.#transaction.fail(new Failure(`ERR ${command.name} is not allowed inside MULTI`));
    return this.#transaction.queue(run as () => Reply);
  }
}

/** Redis's words, with as many of the arguments as fit 128 bytes. */
const unknownCommand = (word: string, args: readonly string[]): Failure => {
  let told = '';
  for (const arg of args) {
    if (told.length >= 128) break;
    told += `'${arg.slice(0, 128 - told.length)}' `;
  }
  return new Failure(`ERR unknown command '${word.slice(0, 128)}', with args beginning with: ${told}`);
};
