import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import type { Role } from '../../actor/react.js';
import type { Codec } from '../../replication/codec.js';
import { msgpack } from '../../replication/codec.js';
import { Cache } from './cache.js';
import { type Call, type Closures, isNamed, type Named } from './calls.js';
import { Deletion } from './deletion.js';
import type { RegisterEvent } from './events.js';
import { KeyWork, type Proposing } from './key-work.js';
import type {
  Accepted,
  AgainTimer,
  Erased,
  Forget,
  Forgotten,
  Nack,
  Operate,
  Outdated,
  Promised,
  ProposerMessage,
  RegisterMessage,
  Reply,
  Request,
  Settlement,
  Surveyed,
} from './messages.js';
import { Operation, reject } from './operation.js';
import type { RegisterOptions } from './options.js';
import type { Placement } from './placement.js';
import { ProposerLog } from './proposer-log.js';
import { Requests } from './requests.js';
import { Versions } from './state.js';
import { Survey } from './survey.js';
import type { Task } from './task.js';
import { encodeText } from './text.js';
import { DELETE } from './works.js';

/** Between two looks at deadlines and at what was not answered, ms. */
const LOOK_EVERY = 25;

/** Makes closures of names; undefined if there are none. Throws on an argument that does not decode. */
export type Lookup = (named: Named) => Closures | undefined;

/**
 * The proposer: changes registers, each by itself, at ballots of its own. (Rystsov, CASPaxos §2.2; `docs/protocols.md` §3) The
 * functions run here; what travels is the state.
 */
export class Proposer implements Role<ProposerMessage> {
  readonly #log: ProposerLog;
  readonly #cache: Cache;
  readonly #shared: Proposing;
  readonly #deletion: Deletion;
  readonly #survey: Survey;
  readonly #requests = new Requests();
  readonly #works = new Map<string, KeyWork>();
  readonly #forgotten = new Map<string, Forgotten>();
  readonly #results = msgpack<unknown>();
  /** Drawn anew for each life, and when it has to forget whom it answered; never 0. */
  #life: number;
  #size = 0;
  /** Waits until it knows which rounds were used. */
  #early: { readonly key: string; readonly task: Task }[] = [];
  #ready = false;
  #looking = false;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<RegisterMessage>,
    { acceptors, proposers, quorum }: Placement,
    private readonly options: RegisterOptions,
    private readonly codec: Codec<unknown>,
    private readonly lookUp: Lookup,
  ) {
    this.#log = new ProposerLog(effects, context.recovered);
    this.#cache = new Cache(options.cachedKeys);
    this.#life = newLife(context);
    this.#survey = new Survey(context, effects, quorum);
    this.#shared = {
      context,
      effects,
      acceptors,
      quorum,
      options,
      log: this.#log,
      cache: this.#cache,
      versions: new Versions(proposers),
    };
    this.#deletion = new Deletion(context, effects, proposers, acceptors, options.retry, this.#log, (key, deadline, done) => {
      this.#add(key, {
        operation: new Operation(SWEEP, codec),
        deadline,
        unanimous: true,
        settle: ({ status }, ballot) => done(status === 'done' && ballot ? { ballot } : status === 'rejected' ? 'in use' : 'not yet'),
      });
    });
  }

  start(): void {
    this.#survey.ask();
    this.#lookLater();
    this.#show();
  }

  // ── what is asked for ──────────────────────────────────────────────────────────────────────────────────────────────

  operate({ calls }: Operate): void {
    const client = this.context.address('client');
    for (const call of calls) this.#operate(call, (settlement) => this.effects.send(client, { kind: 'settled', call, settlement }));
  }

  /** From a caller at a distance: of each life, each request is run once. */
  request(request: Request, from: Address): void {
    const { life, patience, key, change, query, argument } = request;
    if (life !== 0 && life !== this.#life) return this.#reply(from, request, { status: 'other life', result: NOTHING });
    // Before anything is run, the caller must know in which life: otherwise it could not tell that another has begun.
    if (life === 0 || this.#requests.isFull(from, request)) {
      if (life !== 0) {
        this.#requests.clear();
        this.#life = newLife(this.context);
      }
      return this.#reply(from, request, { status: 'other life', result: NOTHING });
    }
    const taken = this.#requests.take(from, request);
    if (taken === undefined) return;
    if (taken !== 'new') return this.#reply(from, request, taken);
    const call: Pick<Call, 'key' | 'work' | 'deadline' | 'operation'> = {
      key,
      work: { change, query, argument },
      deadline: this.context.now() + patience,
    };
    this.#operate(call, (settlement) => {
      const answer = {
        status: settlement.status === 'overloaded' ? 'refused' : settlement.status,
        result: this.#resultOf(settlement),
      } as const;
      this.#requests.answered(from, request, answer);
      this.#reply(from, request, answer);
    });
  }

  #operate(
    { key, work, deadline, operation }: Pick<Call, 'key' | 'work' | 'deadline' | 'operation'>,
    settle: (settlement: Settlement) => void,
  ): void {
    if (this.#size >= this.options.queue)
      return settle({ status: 'overloaded', reason: `${this.#size} changes wait in the proposer already` });
    let closures: Closures | undefined;
    try {
      closures = isNamed(work) ? this.lookUp(work) : work;
    } catch (error) {
      return settle({ status: 'refused', reason: error instanceof Error ? error.message : String(error) });
    }
    if (closures === undefined)
      return settle({ status: 'refused', reason: `${this.context.self.node} has no such change, or no such query` });
    const deletes = work.change === DELETE;
    // On record before the tombstone is: whatever happens, somebody clears it away.
    if (deletes) this.#log.toDelete(key);
    this.#size++;
    this.#add(key, {
      operation: operation ?? new Operation(closures, this.codec),
      deadline,
      unanimous: false,
      settle: (settlement) => {
        this.#size--;
        settle(settlement);
        if (deletes) this.#deletion.add(key);
      },
    });
  }

  #add(key: string, task: Task): void {
    if (!this.#ready) {
      this.#early.push({ key, task });
      return this.#lookLater();
    }
    if (task.operation.age !== undefined && task.operation.age !== this.#log.age)
      return task.settle({ status: 'unknown', reason: 'a key was deleted meanwhile, perhaps this one' });
    let work = this.#works.get(key);
    if (work === undefined) this.#works.set(key, (work = new KeyWork(key, this.#shared)));
    work.add(task);
    this.#lookLater();
  }

  #reply(to: Address, { caller, id }: Request, answer: Pick<Reply, 'status' | 'result'>): void {
    this.effects.send(this.context.address('caller', to.node), { kind: 'reply', caller, id, life: this.#life, ...answer });
  }

  #resultOf(settlement: Settlement): Uint8Array {
    return settlement.status === 'done' ? this.#results.encode(settlement.value).slice() : encodeText(settlement.reason);
  }

  // ── what acceptors say ─────────────────────────────────────────────────────────────────────────────────────────────

  surveyed(answer: Surveyed, { node }: Address): void {
    if (this.#ready) return;
    this.#survey.answered(node, answer);
    if (!this.#survey.done) return;
    const { round, age } = this.#survey.found;
    this.#log.seen(round);
    if (age > this.#log.age) this.#log.growOlder(round, age);
    this.#ready = true;
    const early = this.#early;
    this.#early = [];
    for (const { key, task } of early) this.#add(key, task);
    this.#deletion.begin();
    this.#show();
  }

  promise(promise: Promised, { node }: Address): void {
    this.#works.get(promise.key)?.promise(node, promise);
  }

  accepted(accepted: Accepted, { node }: Address): void {
    this.#works.get(accepted.key)?.accepted(node, accepted);
    this.#show();
  }

  nack(nack: Nack): void {
    this.#works.get(nack.key)?.nack(nack);
  }

  /** Sent before it was made to forget: what still matters is sent again, with the age that it has now. */
  outdated({ age }: Outdated): void {
    if (age <= this.#log.age) return;
    // It has forgotten that it grew older, and with it what it was to forget.
    this.#log.growOlder(0, age);
    this.#cache.clear();
    for (const work of this.#works.values()) work.fence();
  }

  // ── deletion ───────────────────────────────────────────────────────────────────────────────────────────────────────

  forget({ key, ballot }: Forget, from: Address): void {
    const done = this.#forgotten.get(key);
    if (done === undefined || done.ballot.round !== ballot.round || done.ballot.node !== ballot.node) {
      this.#cache.drop(key);
      this.#log.growOlder(ballot.round);
      this.#works.get(key)?.fence();
      if (this.context.tracing) this.effects.trace({ event: 'fence', key, ballot } satisfies RegisterEvent);
      if (this.#forgotten.size >= MOST_FORGOTTEN) this.#forgotten.clear();
      this.#forgotten.set(key, { kind: 'forgotten', key, ballot, age: this.#log.age });
    }
    this.effects.send(from, this.#forgotten.get(key) as Forgotten);
  }

  forgotten(message: Forgotten, { node }: Address): void {
    this.#deletion.forgotten(node, message);
  }

  erased(message: Erased, { node }: Address): void {
    this.#deletion.erased(node, message);
    this.#show();
  }

  deletionTimer(): void {
    this.#deletion.tick();
    this.#lookLater();
  }

  // ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  lookTimer(): void {
    this.#looking = false;
    const now = this.context.now();
    if (!this.#ready) {
      this.#survey.ask();
      const late = this.#early.filter(({ task }) => task.deadline <= now);
      this.#early = this.#early.filter(({ task }) => task.deadline > now);
      for (const { task } of late) task.settle({ status: 'refused', reason: 'no quorum answered in time' });
    }
    for (const [key, work] of this.#works) {
      work.look(now);
      if (work.idle) this.#works.delete(key);
    }
    this.#show();
    this.#lookLater();
  }

  againTimer({ key }: AgainTimer): void {
    this.#works.get(key)?.again();
  }

  checkpointed(): void {
    this.#log.checkpointed();
  }

  #lookLater(): void {
    if (this.#looking || (this.#ready && this.#works.size === 0)) return;
    this.#looking = true;
    this.effects.startTimer('look', this.#ready ? LOOK_EVERY : this.options.retry, { kind: 'lookTimer' });
  }

  #show(): void {
    const { gauges } = this.context;
    gauges.ready = this.#ready;
    gauges.waiting = this.#size;
    gauges.cachedKeys = this.#cache.size;
    gauges.deleting = this.#log.deleting.size;
    gauges.age = this.#log.age;
  }
}

const NOTHING = new Uint8Array();
/** Deletions whose repeated questions are answered alike, at most. */
const MOST_FORGOTTEN = 1024;

/** Writes a tombstone again as it is. */
const SWEEP: Closures = {
  change: (value) => (value === undefined ? undefined : reject('the key is in use')),
  query: () => undefined,
};

const newLife = ({ random }: ActorContext): number => random.uint32() || 1;
