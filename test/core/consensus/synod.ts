import {
  type ActorContext,
  type Address,
  AddressBook,
  type Effect,
  Effects,
  type Message,
  type Role,
  silentLogger,
  type TraceEvent,
} from '@synod/core';
import type { Ballot } from '../../../packages/core/src/consensus/ballot.js';
import { admitted } from '../../../packages/core/src/consensus/enrolment/admission.js';
import { lastOf } from '../../../packages/core/src/consensus/enrolment/epochs.js';
import type { Enrol } from '../../../packages/core/src/consensus/enrolment/messages.js';
import { Acceptor } from '../../../packages/core/src/consensus/multi-paxos/acceptor.js';
import { Commander } from '../../../packages/core/src/consensus/multi-paxos/commander.js';
import type { AcceptorMessage, MultiPaxosMessage } from '../../../packages/core/src/consensus/multi-paxos/messages.js';
import { DEFAULTS, type MultiPaxosOptions } from '../../../packages/core/src/consensus/multi-paxos/options.js';
import { placementOf } from '../../../packages/core/src/consensus/multi-paxos/placement.js';
import { type Findings, Scout } from '../../../packages/core/src/consensus/multi-paxos/scout.js';
import { Voting } from '../../../packages/core/src/consensus/multi-paxos/voting.js';
import { majority } from '../../../packages/core/src/consensus/quorum.js';
import { type Entry, EntryType, emptyEntry } from '../../../packages/core/src/replication/entry.js';
import { Checker } from './checker.js';

/** `2.B`, as the schedules write it. */
export const ballotOf = (text: string): Ballot => {
  const [round, node] = text.split('.') as [string, string];
  return { round: Number(round), node };
};

/** An entry that says `value`, for tests that do not execute it. */
export const entryOf = (value: string): Entry => ({
  ...emptyEntry(EntryType.Noop, 0),
  type: EntryType.Batch,
  session: 1,
  seq: value.charCodeAt(0),
  origin: value,
  payload: new TextEncoder().encode(value),
});

export const wordOf = (entry: Entry): string => new TextDecoder().decode(entry.payload) || 'no-op';

const book = new AddressBook();
export const addressOf = (node: string, role: string): Address => book.of(node, 'log', role);

/** An acceptor on its own: told one message at a time, with all that it does written down. It restarts from what it persisted. */
export class AcceptorBench {
  now = 0;
  readonly traced: TraceEvent[] = [];
  readonly records: Uint8Array[] = [];
  checkpoint: Uint8Array[] | undefined;
  /** What it said last, and to whom. */
  said: { to: Address; message: MultiPaxosMessage }[] = [];
  readonly gauges: Record<string, unknown> = {};
  #acceptor: Role<AcceptorMessage>;
  #drawn = 0;

  constructor(
    readonly node: string,
    private readonly acceptors: readonly string[] = [node],
    private readonly learns: 'with a learner' | 'without a learner' = 'without a learner',
    private readonly options: Pick<MultiPaxosOptions, 'retry' | 'snapshot'> = DEFAULTS,
    private readonly trace: (event: TraceEvent) => void = () => {},
  ) {
    this.#acceptor = this.#start();
    this.#admit();
  }

  /** Tells it something; returns what it says in answer. */
  tell(message: AcceptorMessage, from: Address = addressOf('L', 'leader')): MultiPaxosMessage[] {
    this.said = [];
    const handlers = this.#acceptor as unknown as Record<string, (message: Message, from: Address) => void>;
    handlers[message.kind]?.(message, from);
    return this.said.map(({ message: answer }) => answer);
  }

  prepare(ballot: string, from = 0): MultiPaxosMessage[] {
    return this.tell({ kind: 'prepare', ballot: ballotOf(ballot), nonce: 0, from }, addressOf(ballotOf(ballot).node, 'leader'));
  }

  accept(ballot: string, first: number, values: readonly string[], { commit = 0, truncate = 0 } = {}): MultiPaxosMessage[] {
    const message = { kind: 'accept', ballot: ballotOf(ballot), first, entries: values.map(entryOf), commit, truncate } as const;
    return this.tell(message, addressOf(message.ballot.node, 'leader'));
  }

  heartbeat(ballot: string, { round = 1, commit = 0, truncate = 0 } = {}): MultiPaxosMessage[] {
    return this.tell({ kind: 'heartbeat', ballot: ballotOf(ballot), round, commit, truncate }, addressOf(ballotOf(ballot).node, 'leader'));
  }

  restart(): void {
    this.start();
    this.#admit();
  }

  /** It restarts, and nobody has answered it yet; returns what it says first. */
  start(): MultiPaxosMessage[] {
    this.said = [];
    this.#acceptor = this.#start();
    return this.said.map(({ message }) => message);
  }

  /** All acceptors have on record what it began with. */
  #admit(): void {
    const asked = this.said.find(({ message }) => message.kind === 'enrol')?.message as Enrol;
    const answer = { kind: 'enrolled', generation: 'first', recorded: lastOf(asked.epochs), formed: true, admitted: true } as const;
    for (const other of this.acceptors) this.tell(answer, addressOf(other, 'acceptor'));
  }

  #start(): Role<AcceptorMessage> {
    const context: ActorContext = {
      self: addressOf(this.node, 'acceptor'),
      generation: 'first',
      random: { uint32: () => this.#drawn++ },
      logger: silentLogger,
      tracing: true,
      recovered: { ...(this.checkpoint && { checkpoint: this.checkpoint }), records: [...this.records] },
      gauges: this.gauges,
      now: () => this.now,
      wallClock: () => this.now,
      address: (role, node = this.node) => addressOf(node, role),
    };
    const effects = new Effects((effect) => this.#perform(effect));
    const placement = placementOf({
      playing: (role) => (role === 'acceptor' || (role === 'learner' && this.learns === 'with a learner') ? this.acceptors : []),
    });
    const acceptor = admitted<AcceptorMessage>(
      new Acceptor(context, effects, placement, new Voting(context, effects, placement, this.options)),
    );
    acceptor.start?.();
    return acceptor;
  }

  #perform(effect: Effect): void {
    if (effect.effect === 'send') this.said.push({ to: effect.to, message: effect.message as MultiPaxosMessage });
    if (effect.effect === 'persist') this.records.push(effect.record);
    if (effect.effect === 'trace') {
      this.traced.push(effect.event);
      this.trace(effect.event);
    }
    if (effect.effect === 'checkpoint') {
      this.checkpoint = [...effect.state];
      this.records.length = 0;
    }
  }
}

/** One slot, and proposers that come and go: the single-decree schedules of `docs/protocols.md`, on the classes of Multi-Paxos. */
export class Synod {
  readonly checker: Checker;
  readonly acceptors: Readonly<Record<string, AcceptorBench>>;

  constructor(readonly members: readonly string[] = ['a1', 'a2', 'a3']) {
    this.checker = new Checker(Math.floor(members.length / 2) + 1);
    const bench = (node: string): AcceptorBench =>
      new AcceptorBench(node, members, 'without a learner', DEFAULTS, (event) => this.checker.watch(node, event));
    this.acceptors = Object.fromEntries(members.map((node) => [node, bench(node)]));
  }

  /** A proposer at this ballot, with a value of its own that it proposes if it is free to. */
  proposer(ballot: string, own: string): Proposer {
    return new Proposer(this, ballot, own);
  }

  get chosen(): string | undefined {
    const entry = this.checker.chosen(0);
    return entry && wordOf(entry);
  }
}

/** Phase 1 by a scout and phase 2 by a commander, of one ballot and one slot. */
export class Proposer {
  readonly #scout: Scout;
  readonly #commander: Commander;
  #findings: Findings | undefined;
  #sent: Entry | undefined;
  /** Whether a quorum of votes has come back to this proposer. */
  learned = false;

  constructor(
    private readonly synod: Synod,
    readonly ballot: string,
    private readonly own: string,
  ) {
    const quorum = majority(synod.members);
    this.#scout = new Scout(ballotOf(ballot), 0, 0, quorum);
    this.#commander = new Commander(0, quorum);
  }

  /** What phase 1 obliges it to propose, or its own; undefined before a quorum has promised. */
  get value(): string | undefined {
    if (this.#findings === undefined) return undefined;
    const found = this.#findings.votes.get(0);
    return found === undefined ? this.own : wordOf(found);
  }

  /** Prepare → these acceptors; returns the kind of each answer. */
  prepare(...nodes: string[]): string[] {
    return nodes.map((node) => {
      const [answer] = this.#acceptor(node).prepare(this.ballot);
      if (answer?.kind === 'promise') this.#findings = this.#scout.promise(node, answer) ?? this.#findings;
      return answer?.kind ?? 'nothing';
    });
  }

  /** Accept → these acceptors; returns the kind of each answer. */
  accept(...nodes: string[]): string[] {
    return nodes.map((node) => {
      const value = this.value;
      if (value === undefined) throw new Error(`${this.ballot} has no quorum of promises, and may not propose`);
      if (this.#sent === undefined) this.#commander.propose((this.#sent = entryOf(value)), 0);
      const [answer] = this.#acceptor(node).accept(this.ballot, 0, [value]);
      if (answer?.kind === 'accepted' && this.#commander.accepted(node, answer.first, answer.count).length > 0) this.learned = true;
      return answer?.kind ?? 'nothing';
    });
  }

  #acceptor(node: string): AcceptorBench {
    return this.synod.acceptors[node] as AcceptorBench;
  }
}
