import type { Envelope, TraceEvent } from '@synod/core';
import {
  type Ballot,
  type ConsensusEvent,
  formatBallot,
  type LeadEvent,
  NO_BALLOT,
  type ProposeEvent,
  type Step,
  sameBallot,
} from '@synod/core/consensus';
import type { Promise1b } from '@synod/core/multi-paxos';
import { describeEntry, digestOnce, digestsOf, type Invariant, type Observer, type Report } from '@synod/core/simulation';
import { Allowed, type Told } from '../../invariants/allowed.js';
import type { FastQuorumSystem } from '../../quorums.js';
import type { FastAccepted, FastPaxosMessage } from '../messages.js';

interface Vote {
  readonly at: Step;
  readonly value: number;
}

/** One acceptor's answer to a phase 1. */
interface Answer {
  /** Its pieces belong together if this is the same. */
  readonly whole: string;
  readonly pieces: Set<number>;
  readonly chunks: number;
  readonly votes: Map<number, Vote>;
}

/** What a coordinator was told under the ballot that it leads under. */
interface Evidence {
  readonly ballot: Ballot;
  /** All below it phase 1 was about. */
  readonly end: number;
  /** By acceptor. */
  readonly promises: ReadonlyMap<string, ReadonlyMap<number, Vote>>;
  /** By slot and acceptor, at the last fast step. */
  readonly votes: Map<number, Map<string, Vote>>;
  readonly proposed: Set<number>;
}

/**
 * FastPick (Lamport, Fast Paxos, §2.2, O4; docs/protocols.md §11): what a coordinator proposes in a slot, at the classic step of its ballot, is
 * allowed by what it was told of that slot: by the promises of a phase-1 quorum, or by the votes of one at the last fast step of its ballot.
 * Where nobody had voted it proposes what it likes.
 */
export const fastPick = (quorum: FastQuorumSystem): Invariant => ({
  name: 'FastPick',
  overhears: ['leader'],
  watch: (report) => new FastPick(new Allowed(quorum), quorum, report),
});

class FastPick implements Observer {
  readonly traces = ['lead', 'propose'];
  readonly hears = ['promise', 'fastAccepted'];
  /** By whoever asks, ballot and nonce, and then by acceptor. */
  readonly #answers = new Map<string, Map<string, Answer>>();
  /** By coordinator. */
  readonly #evidence = new Map<string, Evidence>();

  constructor(
    private readonly allowed: Allowed,
    private readonly quorum: FastQuorumSystem,
    private readonly report: Report,
  ) {}

  received({ from: { node }, to, message }: Envelope): void {
    const said = message as FastPaxosMessage;
    if (said.kind === 'promise') this.#promised(to.node, node, said);
    else if (said.kind === 'fastAccepted') this.#voted(to.node, node, said);
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event === 'lead') this.#leads(node, event);
    else if (event.event === 'propose') this.#proposes(node, event);
  }

  #promised(leader: string, node: string, { ballot, nonce, life, chunk, chunks, truncated, votes }: Promise1b): void {
    const key = `${leader} ${formatBallot(ballot)} ${nonce}`;
    let answers = this.#answers.get(key);
    if (answers === undefined) this.#answers.set(key, (answers = new Map()));
    const whole = `${life} ${chunks} ${truncated}`;
    let answer = answers.get(node);
    if (answer?.whole !== whole) answers.set(node, (answer = { whole, pieces: new Set(), chunks, votes: new Map() }));
    answer.pieces.add(chunk);
    for (const { slot, ballot: at, entry } of votes) answer.votes.set(slot, { at, value: digestOnce(entry) });
  }

  #voted(coordinator: string, node: string, { at, first, entries }: FastAccepted): void {
    const evidence = this.#evidence.get(coordinator);
    if (evidence === undefined || !sameBallot(evidence.ballot, at) || at.step !== -1 || !this.quorum.members.includes(node)) return;
    for (const [i, value] of digestsOf(entries).entries()) {
      const slot = first + i;
      if (evidence.proposed.has(slot)) continue;
      let votes = evidence.votes.get(slot);
      if (votes === undefined) evidence.votes.set(slot, (votes = new Map()));
      if (!votes.has(node)) votes.set(node, { at, value });
    }
  }

  #leads(node: string, { ballot, end }: LeadEvent): void {
    for (const [key, answers] of this.#answers) {
      if (!key.startsWith(`${node} `)) continue;
      if (key.startsWith(`${node} ${formatBallot(ballot)} `)) {
        const whole = [...answers].filter(([, { pieces, chunks }]) => pieces.size === chunks);
        const promises = new Map(whole.map(([acceptor, { votes }]) => [acceptor, votes]));
        if (this.quorum.isPhase1(new Set(promises.keys())))
          this.#evidence.set(node, { ballot, end, promises, votes: new Map(), proposed: new Set() });
      }
      this.#answers.delete(key);
    }
  }

  #proposes(node: string, { ballot, first, entries }: ProposeEvent): void {
    const evidence = this.#evidence.get(node);
    if (evidence === undefined || !sameBallot(evidence.ballot, ballot)) return;
    const digests = digestsOf(entries);
    for (const [i, entry] of entries.entries()) {
      const slot = first + i;
      if (evidence.proposed.has(slot)) continue;
      evidence.proposed.add(slot);
      const told = slot < evidence.end ? votesIn(evidence, slot) : evidence.votes.get(slot);
      evidence.votes.delete(slot);
      if (told === undefined || this.allowed.allows(told, digests[i] as number)) continue;
      const votes = [...told].map(([voter, vote]) => `${voter} ${formatBallot(vote?.at ?? NO_BALLOT)}`).join(', ');
      this.report(
        `${node} proposes ${describeEntry(entry)} in slot ${slot} at ${formatBallot(ballot)}, after it was told of votes ${votes}`,
      );
    }
  }
}

const votesIn = ({ promises }: Evidence, slot: number): Told => new Map([...promises].map(([node, votes]) => [node, votes.get(slot)]));
