import { acceptorsOf, type KvConfig, majorityOf } from '../config.js';
import { eventText } from '../operator/event-text.js';
import { Leadership } from '../operator/leadership.js';
import { whileWaiting } from '../operator/while-waiting.js';
import { CALLED_WRONGLY, FAILED } from '../program.js';
import { NodeProcess, type NotStartedError } from './node-process.js';

/** ms between two words on something that takes long. */
const WORDS = 4_000;

const say = (line: string): void => console.log(line);

/** All nodes of a deployment, as children of this process, and what of them a user must know on the screen. */
export class LocalStore {
  readonly #processes: readonly NodeProcess[];
  readonly #leadership = new Leadership((leader) => this.#leads(leader));
  readonly #mayNotVote = new Set<string>();
  readonly #firstLeader: Promise<unknown>;
  #leads!: (leader: string) => void;
  #stopping = false;

  constructor(
    private readonly config: KvConfig,
    private readonly configFile: string | undefined,
    verbose: boolean,
  ) {
    this.#firstLeader = new Promise((resolve) => {
      this.#leads = resolve;
    });
    const says = (line: string): void => (verbose ? say(line) : undefined);
    this.#processes = config.nodes.map(
      ({ id }) =>
        new NodeProcess({
          id,
          configFile,
          says,
          tells: (event) => {
            this.#leadership.hear(event);
            if (event.event !== 'generation refused' || this.#mayNotVote.has(id)) return;
            this.#mayNotVote.add(id);
            if (!verbose) say(`node ${id} ${eventText(event)}`);
          },
        }),
    );
  }

  /** Resolves when somebody leads and `advice` was given. */
  async run(advice: string): Promise<void> {
    await this.#start();
    if (this.#stopping) return;
    this.config.nodes.forEach(({ id, redis, address, client }, i) => {
      const { pid, listens } = this.#processes[i]!;
      if (!listens) return;
      const places = [
        redis && `Redis on ${redis.host}:${redis.port}`,
        address && `peers on ${address}`,
        client && `client nodes on ${client}`,
      ];
      say(`node ${id}  ${places.filter(Boolean).join(', ')}, PID ${pid}`);
    });
    for (const each of this.#processes) if (each.listens) void each.ended.then(() => this.#ended(each));
    await whileWaiting(this.#firstLeader, WORDS, (seconds) =>
      say(`no node leads yet (${seconds} s); the first start needs all nodes that vote, a later one a majority of them`),
    );
    const { data, storage } = this.config;
    say(`node ${this.#leadership.leader} leads; data in ${storage === 'memory' ? 'memory' : data}\n${advice}`);
    this.#leads = (other) => say(`node ${other} leads now`);
  }

  async stop(code: number): Promise<never> {
    if (!this.#stopping) {
      this.#stopping = true;
      await Promise.all(this.#processes.filter(({ running }) => running).map((each) => each.stop()));
      if (code === 0) say('stopped');
    }
    process.exit(code);
  }

  /** Returns when enough nodes serve. */
  async #start(): Promise<void> {
    const all = this.#processes.map(({ listening }) => listening);
    const recovering = (seconds: number): void => {
      const waiting = this.#processes.filter(({ listens, running }) => running && !listens).map(({ id }) => id);
      const { servers } = this.config;
      const or = servers === undefined ? '' : `, or finding no NATS server at ${servers.join(', ')}`;
      if (waiting.length > 0) say(`node ${waiting.join(', ')}: still recovering what is on the disk${or} (${seconds} s)`);
    };
    const failure = await whileWaiting(Promise.all(all), WORDS, recovering).catch((error: NotStartedError) => error);
    if (!(failure instanceof Error) || this.#stopping) return;
    // One node that cannot start is no reason to keep the others from serving, if they are a majority.
    const results = await whileWaiting(Promise.allSettled(all), WORDS, recovering);
    if (this.#stopping) return;
    const failures = results.flatMap((result, i) =>
      result.status === 'rejected' ? [{ id: this.#processes[i]!.id, reason: result.reason as NotStartedError }] : [],
    );
    if (2 * failures.length >= results.length) {
      console.error(`The store did not start. ${failure.message}`);
      return this.stop(failures.every(({ reason }) => reason.exitCode === CALLED_WRONGLY) ? CALLED_WRONGLY : FAILED);
    }
    for (const { id, reason } of failures) console.error(`Node ${id} did not start; the others do. ${reason.message}`);
  }

  async #ended({ id, ended, lastError }: NodeProcess): Promise<void> {
    if (this.#stopping) return;
    const { code, signal } = await ended;
    const how = signal === null ? `exit code ${code}` : signal;
    const acceptors = acceptorsOf(this.config);
    const running = acceptors.filter(({ id }) => this.#processes.some((each) => each.id === id && each.running)).length;
    const need = majorityOf(acceptors);
    say(`node ${id} ended (${how})${code ? `: ${lastError}` : ''}`);
    say(
      `  of the ${acceptors.length} that vote ${running} run here, and ${need} are needed: the store ${running >= need ? 'goes on' : 'answers nothing until there are more'}`,
    );
    say(
      `  to start it again:  node examples/kv/dist/main.js --node ${id}${this.configFile === undefined ? '' : ` --config ${this.configFile}`}`,
    );
    if (!this.#processes.some((each) => each.running)) await this.stop(FAILED);
  }
}
