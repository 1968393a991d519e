import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import type { Role } from '../../actor/react.js';
import { encodeCommands } from '../../replication/batch.js';
import { ClientSession, type Route } from './client-session.js';
import { LeaderBelief } from './leader-belief.js';
import type {
  Answers,
  Ask,
  Busy,
  LeaderIs,
  MultiPaxosMessage,
  ProposerMessage,
  ReadIndex,
  Reply,
  Retry,
  Submit,
  Tell,
} from './messages.js';
import type { MultiPaxosOptions } from './options.js';
import type { Placement } from './placement.js';
import { ReadsUnderWay } from './reads-under-way.js';

/** Between two looks at deadlines and at what was not answered, ms. */
const LOOK_EVERY = 50;

/**
 * The proposer: a client's way in. It takes commands and queries to the leader it believes in, and alone sends them again; so
 * whatever happens, a command happens once. (Paxos Made Moderately Complex §2.1; `docs/protocols.md` §4.2)
 */
export class Proposer implements Role<ProposerMessage> {
  readonly #belief: LeaderBelief;
  readonly #session: ClientSession;
  readonly #reads: ReadsUnderWay;
  #flushing = false;
  #looking = false;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    placement: Placement,
    options: MultiPaxosOptions,
    join: (commands: readonly Uint8Array[]) => Uint8Array = encodeCommands,
    route?: Route,
  ) {
    const client = context.address('client');
    const tell: Tell = (calls, settlement) => effects.send(client, { kind: 'settled', calls, settlement });
    const { node } = context.self;
    this.#belief = new LeaderBelief(node, placement, context.random);
    this.#session = new ClientSession(context, effects, this.#belief, options, join, tell, route);
    this.#reads = new ReadsUnderWay(context, effects, this.#belief, placement.learners.includes(node), options, tell);
  }

  // ── from the client ────────────────────────────────────────────────────────────────────────────────────────────────

  submit({ calls }: Submit): void {
    this.#session.add(calls);
    this.#flushLater();
  }

  retry(retry: Retry): void {
    this.#session.retry(retry);
    this.#lookLater();
  }

  ask({ calls }: Ask): void {
    this.#reads.add(calls);
    this.#flushLater();
  }

  flush(): void {
    this.#flushing = false;
    this.#session.flush();
    this.#reads.flush();
    this.#lookLater();
  }

  // ── from leaders and learners ──────────────────────────────────────────────────────────────────────────────────────

  reply(reply: Reply): void {
    this.#reads.shown(reply.index);
    this.#session.reply(reply);
    if (this.#session.hasQueued) this.#flushLater();
  }

  leaderIs({ node }: LeaderIs): void {
    const isNew = this.#belief.told(node);
    this.#show();
    if (!isNew) return;
    this.#session.newLeader();
    this.#reads.newLeader();
  }

  busy({ session, seq }: Busy): void {
    this.#session.busy(session, seq);
  }

  readIndex({ id, index }: ReadIndex): void {
    this.#reads.readIndex(id, index);
  }

  answers(answers: Answers): void {
    this.#reads.answers(answers);
  }

  // ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  retryTimer(): void {
    this.#looking = false;
    const now = this.context.now();
    this.#session.giveUp(now);
    this.#reads.giveUp(now);
    // Whatever was not answered goes to another leader, all of it to the same.
    if (this.#session.isOverdue(now) || this.#reads.isOverdue(now)) this.#belief.doubt();
    this.#session.sendAgain(now);
    this.#reads.sendAgain(now);
    if (this.#session.hasQueued) this.#flushLater();
    this.#show();
    this.#lookLater();
  }

  #flushLater(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.effects.send(this.context.self, { kind: 'flush' });
  }

  #lookLater(): void {
    if (this.#looking || !(this.#session.isBusy || this.#reads.isBusy)) return;
    this.#looking = true;
    this.effects.startTimer('retry', LOOK_EVERY, { kind: 'retryTimer' });
  }

  /** All that a client node knows of who leads. */
  #show(): void {
    this.context.gauges.leader = this.#belief.believed;
  }
}
