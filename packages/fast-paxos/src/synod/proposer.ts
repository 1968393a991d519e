import type { ActorContext, Address, Effects, Role } from '@synod/core';
import { BackOff, type ConsensusEvent } from '@synod/core/consensus';
import {
  type Call,
  type Decided,
  type LeaderIs,
  type Learn,
  type LookTimer,
  type Propose,
  ProposerBelief,
  type Watch,
} from '@synod/core/synod';
import type { FastSynodMessage, ProposerMessage } from './messages.js';
import type { FastSynodOptions } from './options.js';
import type { Placement } from './placement.js';

/** So often longer than the first pause between two requests to coordinators is the longest: one that is at work must be let be. */
const SLOWEST_REQUEST = 16;

const NOTHING = new Uint8Array(0);

/**
 * The proposer: a client's way in. It sends what a client wants decided to all acceptors at once; if no decision comes of that, it turns to
 * a coordinator, the one that others turn to first. (Lamport, Fast Paxos §2.2; `docs/protocols.md` §6) It owns no ballot and keeps nothing.
 */
export class Proposer implements Role<ProposerMessage> {
  readonly #coordinators: ProposerBelief;
  readonly #requests: BackOff;
  /** Those who wait, in the order in which they came. */
  readonly #calls = new Set<Call>();
  readonly #client: Address;
  readonly #learner: Address;
  #decided: Uint8Array | undefined;
  /** When a coordinator may be asked, on this node's clock. */
  #nextRequest = 0;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<FastSynodMessage>,
    private readonly placement: Placement,
    { retry }: Pick<FastSynodOptions, 'retry'>,
  ) {
    const { coordinators } = placement;
    this.#coordinators = new ProposerBelief(coordinators[0] as string, coordinators, context.random);
    this.#requests = new BackOff(retry, SLOWEST_REQUEST * retry, context.random);
    this.#client = context.address('client');
    this.#learner = context.address('learner');
  }

  start(): void {
    this.#show();
  }

  // ── from the client ────────────────────────────────────────────────────────────────────────────────────────────────

  propose({ call }: Propose): void {
    this.#traceRequest(call);
    this.#seek(false);
    this.#add(call);
  }

  learn({ call }: Learn): void {
    this.#traceRequest(call);
    this.#seek(true);
    this.#add(call);
  }

  watch(_watch: Watch): void {
    if (this.#decided !== undefined) this.#tellClient(this.#decided);
    else this.#seek(false);
  }

  // ── from elsewhere ─────────────────────────────────────────────────────────────────────────────────────────────────

  decided({ value }: Decided): void {
    this.#decided = value;
    this.#calls.clear();
    this.effects.stopTimer('look');
    this.#tellClient(value);
    this.#show();
  }

  /** It may be through before the one that was preempted. */
  leaderIs({ node }: LeaderIs): void {
    if (!this.#coordinators.told(node)) return;
    this.#nextRequest = this.context.now();
    this.#look();
  }

  lookTimer(_timer: LookTimer): void {
    this.#look();
  }

  #seek(soon: boolean): void {
    if (this.#decided === undefined) this.effects.send(this.#learner, { kind: 'seek', soon });
  }

  #add(call: Call): void {
    if (this.#decided !== undefined) return this.#tellClient(this.#decided);
    this.#calls.add(call);
    this.#look();
  }

  /** Lets go of those whose time is up, proposes, or asks a coordinator if one is due, and looks again when the next thing is. */
  #look(): void {
    if (this.#decided !== undefined) return;
    const now = this.context.now();
    const expired = [...this.#calls].filter(({ deadline }) => deadline <= now);
    for (const call of expired) this.#calls.delete(call);
    if (expired.length > 0) this.effects.send(this.#client, { kind: 'expired', calls: expired });
    const due = [...this.#calls].filter(({ proposerAt }) => proposerAt <= now);
    // One value of this node is enough: the oldest, so that the same is proposed each time.
    const proposing = due.find(({ value }) => value !== undefined);
    if (proposing !== undefined && !this.#hasProposed) {
      this.#toAcceptors(proposing);
      this.#nextRequest = now + this.#requests.next();
    } else if (due.length > 0 && this.#nextRequest <= now) this.#request(proposing, now);
    const next = Math.min(
      ...[...this.#calls].map(({ deadline, proposerAt }) => Math.min(deadline, proposerAt > now ? proposerAt : this.#nextRequest)),
    );
    if (Number.isFinite(next)) this.effects.startTimer('look', Math.max(1, next - now), { kind: 'lookTimer' });
    this.#show();
  }

  get #hasProposed(): boolean {
    for (const { proposed } of this.#calls) if (proposed) return true;
    return false;
  }

  #toAcceptors(call: Call): void {
    const { value = NOTHING } = call;
    call.proposed = true;
    for (const node of this.placement.acceptors) this.effects.send(this.context.address('acceptor', node), { kind: 'proposal', value });
  }

  /** Acceptors that have missed it, or had no ballot open, may take it yet; a coordinator does not depend on them. */
  #request(proposing: Call | undefined, now: number): void {
    if (proposing !== undefined) this.#toAcceptors(proposing);
    const coordinator = this.context.address('coordinator', this.#coordinators.next());
    const { value = NOTHING } = proposing ?? {};
    this.effects.send(coordinator, { kind: 'request', origin: this.context.self.node, proposes: proposing !== undefined, value });
    this.#nextRequest = now + this.#requests.next();
  }

  #tellClient(value: Uint8Array): void {
    this.effects.send(this.#client, { kind: 'decided', value });
  }

  #traceRequest({ value }: Call): void {
    if (this.context.tracing && value !== undefined)
      this.effects.trace({ event: 'request', session: 0, seq: 0, payload: value } satisfies ConsensusEvent);
  }

  #show(): void {
    this.context.gauges.callers = this.#calls.size;
  }
}
