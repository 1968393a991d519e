import { join } from 'node:path';
import { type Child, freePlaces, Leadership, type NodeWords, type Places, type Stage } from '@synod/example-processes';
import { NODES } from './deployment.js';
import { FencedLedger } from './fenced-ledger.js';
import type { NodeSettings } from './node.js';
import type { Order, WorkerSettings, WorkerWords } from './worker.js';

/** ms. */
const LEASE = 2000;

/** Nodes, workers, and what happens to them. */
export class Story {
  readonly #ledger = new FencedLedger();
  readonly #leadership = new Leadership();
  readonly #nodes = new Map<string, Child<NodeWords>>();

  private constructor(
    private readonly stage: Stage,
    private readonly places: Places,
  ) {}

  static async begin(stage: Stage): Promise<Story> {
    return new Story(stage, await freePlaces(NODES));
  }

  async play(): Promise<void> {
    for (const node of NODES) this.#startNode(node);
    const first = await this.#leadership.otherThan();
    this.#tell(`nodes ${NODES.join(', ')} run; ${first} leads`);
    const [one, two] = [this.#worker('worker-1'), this.#worker('worker-2')];
    await Promise.all([one.hears('running'), two.hears('running')]);
    const tokens = [await this.#acquires(one)];
    order(one, 'write');
    await this.#writes(one);

    one.freeze();
    this.#tell('worker-1 is frozen (SIGSTOP) as it is about to write again, and does not know');
    order(one, 'write');
    const granted = this.#acquires(two);
    granted.catch(() => {});
    await Promise.race([two.hears('waiting'), granted]);

    const leader = await this.#leadership.otherThan();
    await (this.#nodes.get(leader) as Child<NodeWords>).kill();
    this.#tell(`leader ${leader} is killed (SIGKILL)`);
    this.#tell(`${await this.#leadership.otherThan(leader)} leads; what ${leader} had acknowledged is there`);

    tokens.push(await granted);
    order(two, 'write');
    await this.#writes(two);
    const late = this.#writes(one);
    one.goOn();
    this.#tell('worker-1 goes on (SIGCONT), and believes that it holds the lock');
    const tooLate = await late;
    const held = one.hears('renewed');
    order(one, 'renew');
    const renewed = (await held).held;
    this.#tell(`worker-1 asks to renew its lease, and is told that it ${renewed ? 'holds' : 'has lost'} the lock`);

    await this.#startNode(leader).hears('running');
    this.#tell(`node ${leader} runs again`);
    const released = two.hears('released');
    order(two, 'release');
    await released;
    this.#tell('worker-2 releases the lock');
    tokens.push(await this.#acquires(one));
    order(one, 'write');
    await this.#writes(one);

    await Promise.all([one, two, ...this.#nodes.values()].map((child) => child.stop()));
    console.log(`\nThe ledger holds\n${this.#ledger.lines.map((line) => `  ${line}`).join('\n')}`);
    if (tooLate || renewed || tokens.some((token, i) => token <= (tokens[i - 1] ?? 0)))
      throw new Error('a late write came through, or a token was no higher than the one before: this must not be');
  }

  #startNode(self: string): Child<NodeWords> {
    const settings: NodeSettings = {
      self,
      peers: this.places.peers,
      door: this.places.doors[self] as string,
      directory: join(this.stage.directory, self),
    };
    const node = this.stage.start<NodeWords>(`node ${self}`, new URL('node.js', import.meta.url), settings, (word) =>
      this.#leadership.hear(self, word),
    );
    this.#nodes.set(self, node);
    return node;
  }

  #worker(self: string): Child<WorkerWords> {
    const settings: WorkerSettings = { self, doors: this.places.doors, lease: LEASE };
    let before = '';
    return this.stage.start<WorkerWords>(self, new URL('worker.js', import.meta.url), settings, (word) => {
      if (word.is !== 'waiting' || word.why === before) return;
      before = word.why;
      this.#tell(`${self} waits: ${word.why}`);
    });
  }

  /** The token. */
  async #acquires(worker: Child<WorkerWords>): Promise<number> {
    const granted = worker.hears('granted');
    order(worker, 'acquire');
    const { token } = await granted;
    this.#tell(`${worker.name} is granted the lock for ${LEASE / 1000} s: token ${token}`);
    return token;
  }

  /** Whether the ledger takes what the worker sends it next. */
  async #writes(worker: Child<WorkerWords>): Promise<boolean> {
    const { token } = await worker.hears('write');
    const { accepted, highest } = this.#ledger.write(token, `${worker.name}, under token ${token}`);
    this.#tell(`${worker.name} writes under token ${token}: ${accepted ? 'accepted' : `REFUSED, the ledger has seen token ${highest}`}`);
    return accepted;
  }

  #tell(line: string): void {
    this.stage.tell(line);
  }
}

const order = (worker: Child<WorkerWords>, what: Order['do']): void => worker.say({ do: what } satisfies Order);
