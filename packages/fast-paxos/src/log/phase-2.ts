import type { Effects } from '@synod/core';
import { type Ballot, type Entry, EntryType, emptyEntry, type Step, sizeOfEntry } from '@synod/core/consensus';
import { type Phase2, Proposals, type Reigning } from '@synod/core/multi-paxos';
import type { FastQuorumSystem } from '../quorums.js';
import { Audience } from './audience.js';
import type { Contested } from './contested.js';
import { ContestedSlots } from './contested-slots.js';
import type { FastEvent } from './events.js';
import type { FastAccepted, FastPaxosMessage, FastPropose, Opened } from './messages.js';
import type { Openness } from './openness.js';
import type { FastOptions } from './options.js';
import { PIECE_BYTES } from './sizes.js';
import { isWanted, requestOf } from './value.js';

/** The fast step after which the coordinator takes over. */
const LAST = -1;
/** A slot that does not settle, however often everybody is asked to vote in it, each time after twice as long, needs another ballot. */
const MOST_NUDGES = 3;
/**
 * Phase 2 of a coordinator. It begins as in Multi-Paxos; once all that earlier ballots may have chosen is settled and a fast quorum
 * answers, it opens all further slots to proposers. From then on it counts votes, settles collisions at the classic step of its ballot,
 * proposes losers again, and fills what nobody voted in. When no fast quorum answers, or too much collides, it has the leader stand
 * again: the next ballot begins closed. (Lamport, Fast Paxos §2.2, §3.2 and §3.3)
 */
export class FastPhase2 implements Phase2 {
  readonly #classic: Proposals;
  /** The slots from here on are open to proposers; undefined until they are. */
  #from: number | undefined;
  /** Above all slots that anything was heard of. */
  #heardBelow = 0;
  readonly #slots: ContestedSlots;
  /** Slots above `commit` that a fast quorum has chosen: learners heard it, and the one that the entry names tells its proposer. */
  readonly #chosenFast = new Set<number>();
  readonly #audience: Audience;
  /** A tick that lost its slot: nobody else asks for it again. */
  #tick: Entry | undefined;
  /** The leader was told to stand again. */
  #closing = false;

  constructor(
    private readonly of: Reigning,
    private readonly effects: Effects<FastPaxosMessage>,
    private readonly quorum: FastQuorumSystem,
    private readonly options: FastOptions,
    private readonly openness: Openness,
  ) {
    this.#classic = new Proposals({ ...of, chosen: (first, entries) => this.#chosen(first, entries) });
    this.#slots = new ContestedSlots(quorum);
    this.#audience = new Audience(of.context, effects, of.placement.proposers, () => this.#opened);
    of.context.gauges.fast = false;
  }

  /** What proposers are told; nothing before the ballot is open. */
  get #opened(): Opened | undefined {
    if (this.#from === undefined) return undefined;
    return { kind: 'opened', ballot: this.ballot, next: this.next, commit: this.commit, time: this.of.stamp() };
  }

  get #learner(): string {
    const { learners } = this.of.placement;
    const own = this.of.context.self.node;
    return learners.includes(own) ? own : (learners[0] as string);
  }

  get ballot(): Ballot {
    return this.of.ballot;
  }
  get commit(): number {
    return this.#classic.commit;
  }
  get next(): number {
    return Math.max(this.#classic.next, this.#heardBelow);
  }
  /** Those included that nobody was heard to propose anything in: the window ends so far above `commit`, whatever lies between. */
  get openSlots(): number {
    return this.next - this.commit;
  }
  get openBytes(): number {
    return this.#classic.openBytes + this.#slots.bytes;
  }
  get proposedAt(): number {
    return this.#classic.proposedAt;
  }
  get carried(): number {
    return this.#classic.carried;
  }

  isOpen(session: number, seq: number): boolean {
    return this.#slots.isOpen(session, seq) || this.#classic.isOpen(session, seq);
  }

  propose(entries: readonly Entry[]): void {
    if (this.#from === undefined) return this.#classic.propose(entries);
    for (let at = 0; at < entries.length; ) {
      const first = this.next;
      const part: Entry[] = [];
      for (let bytes = 0; at < entries.length && bytes < PIECE_BYTES; at++) {
        const entry = entries[at] as Entry;
        // A learner may hear of the decision before this coordinator does: it must be said which of them answers.
        part.push(entry.learner === '' ? { ...entry, learner: this.#learner } : entry);
        bytes += sizeOfEntry(entry);
      }
      for (const [i, entry] of part.entries()) this.#propose(first + i, entry);
      this.#send({ kind: 'fastPropose', ballot: this.ballot, first, entries: part });
    }
  }

  accepted(node: string, first: number, count: number): void {
    this.#classic.accepted(node, first, count);
  }

  skip(below: number): void {
    this.#classic.skip(below);
    for (const slot of this.#slots.below(below)) this.#settle(slot, undefined);
    for (const slot of this.#chosenFast) if (slot < below) this.#chosenFast.delete(slot);
  }

  isReadQuorum(nodes: ReadonlySet<string>): boolean {
    if (!this.quorum.isPhase2(nodes)) return false;
    if (this.#from === undefined) return true;
    // No fast quorum chose anything without one of them.
    return !this.quorum.isFast(new Set(this.quorum.members.filter((member) => !nodes.has(member))));
  }

  /** Others may have been told of a decision before this coordinator hears of it. If it never does, it sees to these slots itself. */
  readIndex(commit: number, end: number): number {
    if (this.#from === undefined) return commit;
    this.#heardBelow = Math.max(this.#heardBelow, Math.min(end, this.#windowEnd));
    return Math.max(commit, end);
  }

  end(): void {
    this.of.context.gauges.fast = false;
  }

  /** What somebody waits for and no slot has. */
  get undecided(): readonly Entry[] {
    return this.#slots.undecided;
  }

  // ── what it hears of ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Somebody has proposed these in consecutive slots. */
  proposed(first: number, entries: readonly Entry[]): void {
    for (const [i, entry] of entries.entries()) if (!this.#slots.wasDecided(entry)) this.#propose(first + i, entry);
  }

  voted(node: string, { at, first, entries }: FastAccepted): void {
    for (const [i, entry] of entries.entries()) {
      const slot = first + i;
      if (this.#isDecided(slot) || slot >= this.#windowEnd) continue;
      const contested = this.#contestedAt(slot);
      this.#slots.heard(contested, entry);
      const chosen = contested.voted(node, at.step ?? 0, entry);
      if (chosen !== undefined) this.#learn(slot, chosen);
      else if (contested.collidedAt(LAST)) this.#recover(slot, contested);
    }
  }

  /** A proposer was heard of, which need not be in the topology. */
  guest(node: string): void {
    this.#audience.heard(node);
  }

  // ── with each heartbeat ────────────────────────────────────────────────────────────────────────────────────────────

  beat(now: number, alive: ReadonlySet<string>, settled: boolean): void {
    this.#classic.beat(now);
    const isFast = this.quorum.isFast(alive);
    if (this.#from === undefined) {
      if (settled && isFast && this.openness.mayOpen(now) && !this.#isFull) {
        this.#from = this.next;
        this.#trace({ event: 'open', ballot: this.ballot, from: this.#from });
      }
    } else if (!isFast) return this.#fallBack('no fast quorum answers');
    else if (this.#isFull) return this.#fallBack('the log is full');
    this.of.context.gauges.fast = this.#from !== undefined;
    if (this.#from === undefined) return;
    const { ballot } = this;
    const { context, placement } = this.of;
    for (const node of placement.acceptors) this.effects.send(context.address('acceptor', node), { kind: 'any', ballot, from: this.#from });
    this.#audience.tellAll(now);
    this.#proposeTick();
    this.#seeToStalled(now);
  }

  get #isFull(): boolean {
    return this.of.truncation.bytes > this.of.options.logBytes / 2;
  }

  #proposeTick(): void {
    if (this.#tick === undefined || this.next >= this.#windowEnd) return;
    const tick = this.#tick;
    this.#tick = undefined;
    this.propose([tick]);
  }

  /** A slot that is not decided in time: everybody is asked to vote in it, and then what was voted for is settled. */
  #seeToStalled(now: number): void {
    let first = 0;
    let fillers: Entry[] = [];
    let bytes = 0;
    const send = (): void => {
      if (fillers.length > 0) this.#send({ kind: 'fastPropose', ballot: this.ballot, first, entries: fillers });
      fillers = [];
      bytes = 0;
    };
    for (let slot = Math.max(this.commit, this.#from as number); slot < this.#heardBelow; slot++) {
      const filler = this.#seeTo(slot, now);
      if (filler === undefined || bytes >= PIECE_BYTES) send();
      if (filler === undefined) continue;
      if (fillers.length === 0) first = slot;
      fillers.push(filler);
      bytes += sizeOfEntry(filler);
    }
    send();
  }

  /** What everybody is to be asked to vote for in the slot, if that is what it needs. */
  #seeTo(slot: number, now: number): Entry | undefined {
    if (this.#isDecided(slot)) return undefined;
    const contested = this.#contestedAt(slot);
    if (now - contested.since < this.options.patience * 2 ** contested.nudges) return undefined;
    contested.since = now;
    if (contested.pickAfter(this.#last) !== undefined) {
      this.#recover(slot, contested);
      return undefined;
    }
    const filler = contested.values[0] ?? emptyEntry(EntryType.Noop, this.of.stamp());
    this.#slots.heard(contested, filler);
    if (++contested.nudges <= MOST_NUDGES) return filler;
    this.#fallBack(`slot ${slot} does not settle`);
    return undefined;
  }

  // ── deciding ───────────────────────────────────────────────────────────────────────────────────────────────────────

  get #last(): Step {
    return { ...this.ballot, step: LAST };
  }

  /** Acceptors vote for nothing from here on. */
  get #windowEnd(): number {
    return this.commit + this.of.options.window.slots;
  }

  #isDecided(slot: number): boolean {
    return slot < (this.#from ?? Number.POSITIVE_INFINITY) || this.#classic.commander.has(slot);
  }

  #propose(slot: number, entry: Entry): void {
    if (this.#isDecided(slot) || slot >= this.#windowEnd) return this.#lost(entry);
    this.#slots.proposed(this.#contestedAt(slot), entry);
  }

  #contestedAt(slot: number): Contested {
    this.#heardBelow = Math.max(this.#heardBelow, slot + 1);
    return this.#slots.at(slot, this.of.context.now());
  }

  /** A fast quorum has chosen it. */
  #learn(slot: number, entry: Entry): void {
    const before = this.commit;
    const prefix = this.#classic.commander.learn(slot, entry);
    this.#settle(slot, entry);
    this.#chosenFast.add(slot);
    this.#trace({ event: 'fastChoose', ballot: this.ballot, slot, entry });
    this.#judge('fast');
    if (prefix.length > 0) this.#chosen(before, prefix);
  }

  /** Proposes at the classic step what may be chosen at the last fast one; without phase 1, for whoever voted at that. */
  #recover(slot: number, contested: Contested): void {
    const { value, forced } = contested.pickAfter(this.#last) ?? {};
    if (value === undefined) return;
    const { context, placement } = this.of;
    this.#trace({ event: 'collided', ballot: this.ballot, slot, entry: value, forced: forced === true });
    this.#classic.commander.propose(value, context.now(), slot);
    this.#classic.send(placement.acceptors, slot, [value]);
    this.#settle(slot, value);
    this.#judge('after a collision');
  }

  /** `value` has the slot, if that is known; what else was proposed there is proposed again. */
  #settle(slot: number, value: Entry | undefined): void {
    for (const loser of this.#slots.settle(slot, value)) this.#lost(loser);
  }

  #lost(entry: Entry): void {
    if (entry.type === EntryType.Tick) this.#tick = entry;
    // The same batch may be proposed in more slots than one.
    if (!isWanted(entry) || this.#slots.wasDecided(entry)) return;
    this.#trace({ event: 'lost', entry });
    this.of.request(requestOf(entry));
    this.#audience.tell(entry.origin);
  }

  #chosen(first: number, entries: readonly Entry[]): void {
    let answer = false;
    for (const [i, entry] of entries.entries()) {
      const slot = first + i;
      if (!this.#chosenFast.delete(slot)) answer = true;
      if (slot >= (this.#from ?? Number.POSITIVE_INFINITY)) this.of.truncation.proposed(slot, sizeOfEntry(entry));
    }
    this.of.chosen(first, entries, answer);
  }

  #judge(how: 'fast' | 'after a collision'): void {
    if (this.openness.decided(how)) this.#fallBack('too much collides');
  }

  #fallBack(reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    const { context, ballot } = this.of;
    this.#trace({ event: 'fallBack', ballot, reason });
    this.openness.close(context.now());
    this.effects.send(context.self, { kind: 'fallBack', ballot, reason });
  }

  #trace(event: FastEvent): void {
    if (this.of.context.tracing) this.effects.trace(event);
  }

  #send(proposal: FastPropose): void {
    const { context, placement } = this.of;
    for (const node of placement.acceptors) this.effects.send(context.address('acceptor', node), proposal);
  }
}
