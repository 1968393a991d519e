import { STORE_COMMANDS } from '../../../examples/kv/src/store/commands.js';
import { KeyValueMachine } from '../../../examples/kv/src/store/machine.js';
import { Failure, type Reply, Status } from '../../../examples/kv/src/store/reply.js';
import type { Call } from '../../../examples/kv/src/store/request.js';

export const call = (name: string, ...args: readonly (string | number)[]): Call => {
  const command = STORE_COMMANDS.get(name.toUpperCase());
  if (command === undefined) throw new Error(`no command ${name}`);
  return { command, args: args.map(String) };
};

/** A reply as a test likes to read it: errors as `(error) …`, statuses as they are. */
export const plain = (reply: Reply): unknown => {
  if (reply instanceof Failure) return `(error) ${reply.error}`;
  if (reply instanceof Status) return reply.status;
  return Array.isArray(reply) ? reply.map(plain) : reply;
};

/** One replica, its log driven by hand. Every command goes through the codecs, as it would on a node. */
export class Replica {
  readonly machine = new KeyValueMachine();
  time = 1_000_000;
  #index = 0;

  run(name: string, ...args: readonly (string | number)[]): unknown {
    return plain(this.runAll(call(name, ...args))[0]!);
  }

  runAll(...calls: readonly Call[]): readonly Reply[] {
    const { command, result } = this.machine.codecs;
    const bytes = Uint8Array.from(command.encode(calls));
    return result.decode(result.encode(this.machine.apply(command.decode(bytes), { index: this.#index++, time: this.time })));
  }

  ask(name: string, ...args: readonly (string | number)[]): unknown {
    const { query, answer } = this.machine.codecs;
    const asked = query.decode(query.encode([call(name, ...args)]));
    return plain(answer.decode(answer.encode(this.machine.query(asked)))[0]!);
  }

  /** As the core does when time has come for something. */
  tick(time: number): void {
    this.time = time;
    this.machine.advance(time);
  }

  get digest(): unknown {
    return this.ask('DEBUG', 'DIGEST');
  }

  /** The first digest while many keys are due is not the last: sweeps until nothing is due. */
  settle(): void {
    while ((this.machine.deadline() ?? Number.POSITIVE_INFINITY) <= this.time) this.machine.advance(this.time);
  }
}

/** Every key, by SCAN. */
export const scanAll = (replica: Replica, count = 10, meanwhile: () => void = () => {}): string[] => {
  const found: string[] = [];
  for (let cursor = '0'; ; ) {
    const [next, keys] = replica.ask('SCAN', cursor, 'COUNT', count) as [string, string[]];
    found.push(...keys);
    cursor = next;
    if (cursor === '0') return found;
    meanwhile();
  }
};
