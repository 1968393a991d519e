import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import type { Role } from '../../actor/react.js';
import { BackOff } from '../back-off.js';
import type { Ballot } from '../ballot.js';
import type { ConsensusEvent } from '../trace-events.js';
import { ProposerBelief } from './belief.js';
import type { Call } from './calls.js';
import type { Accepted, AskTimer, Chosen, LeaderIs, Learn, LearnerMessage, LookTimer, Propose, SynodMessage, Watch } from './messages.js';
import type { SynodOptions } from './options.js';
import type { Placement } from './placement.js';
import { entryOf, SLOT } from './value-entry.js';
import { Votes } from './votes.js';

/** ms between two questions of who waits for a decision that may not come, at most. */
const SLOWEST_QUESTION = 10_000;
/** So often longer than the first pause between two requests to proposers is the longest: one that is at work must be let be. */
const SLOWEST_REQUEST = 16;

const NOTHING = new Uint8Array(0);

/**
 * The learner: finds out what is decided, from votes, from who knows, or by asking; and is a client's way in. (Paxos Made Simple §2.3;
 * `docs/protocols.md` §2, rules 7 and 8) It keeps nothing: after a restart it asks. Whoever wants a value decided wants to learn what is,
 * so it takes their values to a proposer; it owns no ballot itself.
 */
export class Learner implements Role<LearnerMessage> {
  readonly #votes: Votes;
  readonly #proposers: ProposerBelief;
  readonly #questions: BackOff;
  readonly #requests: BackOff;
  /** Those who wait, in the order in which they came. */
  readonly #calls = new Set<Call>();
  readonly #client: Address;
  /** Those that are told by this one alone. */
  readonly #rest: readonly string[];
  #value: Uint8Array | undefined;
  #asking = false;
  /** When a proposer may be asked again, on this node's clock. */
  #nextRequest = 0;

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<SynodMessage>,
    private readonly placement: Placement,
    { retry }: Pick<SynodOptions, 'retry'>,
  ) {
    const { told, learners, proposers, quorum } = placement;
    const { self, random } = context;
    this.#votes = new Votes(quorum);
    this.#proposers = new ProposerBelief(self.node, proposers, random);
    this.#questions = new BackOff(retry, SLOWEST_QUESTION, random);
    this.#requests = new BackOff(2 * retry, SLOWEST_REQUEST * retry, random);
    this.#client = context.address('client');
    this.#rest = told.includes(self.node) ? learners.filter((node) => !told.includes(node)) : [];
  }

  start(): void {
    // One outside the topology is told nothing, and asks once somebody there wants to know.
    if (this.placement.learners.includes(this.context.self.node)) this.#ask();
    this.#show();
  }

  // ── from the client ────────────────────────────────────────────────────────────────────────────────────────────────

  propose({ call }: Propose): void {
    if (this.context.tracing && call.value !== undefined)
      this.effects.trace({ event: 'request', session: 0, seq: 0, payload: call.value } satisfies ConsensusEvent);
    this.#add(call);
  }

  learn({ call }: Learn): void {
    if (this.context.tracing && call.value !== undefined)
      this.effects.trace({ event: 'request', session: 0, seq: 0, payload: call.value } satisfies ConsensusEvent);
    this.#questions.reset();
    this.#ask();
    this.#add(call);
  }

  watch(_watch: Watch): void {
    if (this.#value !== undefined) this.#tellClient(this.#value);
    else if (!this.#asking) this.#ask();
  }

  // ── what is decided ────────────────────────────────────────────────────────────────────────────────────────────────

  accepted({ ballot, value }: Accepted, { node }: Address): void {
    if (this.#value !== undefined) return;
    const chosen = this.#votes.add(node, ballot, value);
    if (chosen !== undefined) return this.#learned(chosen, ballot);
    // Something is going on, or was: if the rest of it is lost, it is asked for before long.
    if (this.#asking) this.#askLater();
  }

  chosen({ value }: Chosen): void {
    this.#learned(value);
  }

  askTimer(): void {
    this.#ask();
  }

  // ── whom to turn to ────────────────────────────────────────────────────────────────────────────────────────────────

  /** It may be through before the one that was preempted. */
  leaderIs({ node }: LeaderIs): void {
    if (!this.#proposers.told(node)) return;
    this.#nextRequest = this.context.now();
    this.#look();
  }

  lookTimer(_timer: LookTimer): void {
    this.#look();
  }

  #add(call: Call): void {
    if (this.#value !== undefined) return this.#tellClient(this.#value);
    // The first value that there is to propose waits for no pause.
    if (call.value !== undefined && call.proposerAt <= this.context.now() && !this.#hasProposed) this.#nextRequest = this.context.now();
    this.#calls.add(call);
    if (!this.#asking) this.#ask();
    this.#look();
  }

  get #hasProposed(): boolean {
    for (const { proposed } of this.#calls) if (proposed) return true;
    return false;
  }

  /** Lets go of those whose time is up, asks a proposer if one is due, and looks again when the next thing is. */
  #look(): void {
    if (this.#value !== undefined) return;
    const now = this.context.now();
    const expired = [...this.#calls].filter(({ deadline }) => deadline <= now);
    for (const call of expired) this.#calls.delete(call);
    if (expired.length > 0) this.effects.send(this.#client, { kind: 'expired', calls: expired });
    const due = [...this.#calls].filter(({ proposerAt }) => proposerAt <= now);
    if (due.length > 0 && this.#nextRequest <= now) this.#request(due, now);
    const next = Math.min(
      ...[...this.#calls].map(({ deadline, proposerAt }) => Math.min(deadline, proposerAt > now ? proposerAt : this.#nextRequest)),
    );
    if (Number.isFinite(next)) this.effects.startTimer('look', Math.max(1, next - now), { kind: 'lookTimer' });
  }

  /** One value of this node is enough: the oldest, so that the same is proposed each time. */
  #request(due: readonly Call[], now: number): void {
    const proposing = due.find(({ value }) => value !== undefined);
    if (proposing !== undefined) proposing.proposed = true;
    this.effects.send(this.context.address('proposer', this.#proposers.next()), {
      kind: 'request',
      origin: this.context.self.node,
      proposes: proposing !== undefined,
      value: proposing?.value ?? NOTHING,
    });
    this.#nextRequest = now + this.#requests.next();
  }

  // ── asking, learning, telling ──────────────────────────────────────────────────────────────────────────────────────

  /** Asks all acceptors what they voted for, and again by timer, more and more seldom. */
  #ask(): void {
    if (this.#value !== undefined) return;
    this.#asking = true;
    for (const node of this.placement.acceptors) this.effects.send(this.context.address('acceptor', node), { kind: 'ask' });
    this.#askIn(this.#questions.next());
  }

  /** Not at once: what is on its way should come first. */
  #askLater(): void {
    this.#questions.reset();
    this.#askIn(this.#questions.next());
  }

  #askIn(pause: number): void {
    this.effects.startTimer('ask', pause, { kind: 'askTimer' } satisfies AskTimer);
  }

  /** `ballot`: at which it has heard the votes of a phase-2 quorum itself. */
  #learned(value: Uint8Array, ballot?: Ballot): void {
    if (this.#value !== undefined) return;
    // A copy: what it was sent is a view of a frame.
    this.#value = value.slice();
    this.effects.stopTimer('ask');
    this.effects.stopTimer('look');
    this.#calls.clear();
    if (this.context.tracing) {
      const entry = entryOf(this.#value);
      if (ballot !== undefined) this.effects.trace({ event: 'choose', ballot, first: SLOT, entries: [entry] } satisfies ConsensusEvent);
      this.effects.trace({ event: 'apply', slot: SLOT, entry, repeated: false } satisfies ConsensusEvent);
    }
    this.#tellClient(this.#value);
    for (const node of this.#rest) this.effects.send(this.context.address('learner', node), { kind: 'chosen', value: this.#value });
    this.#show();
  }

  #tellClient(value: Uint8Array): void {
    this.effects.send(this.#client, { kind: 'decided', value });
  }

  #show(): void {
    const { gauges } = this.context;
    const slots = this.#value === undefined ? 0 : 1;
    gauges.chosen = slots;
    gauges.applied = slots;
    gauges.callers = this.#calls.size;
  }
}
