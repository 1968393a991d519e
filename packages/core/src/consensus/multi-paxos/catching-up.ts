import type { ActorContext } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { Effects } from '../../actor/effect.js';
import type { Replica } from '../../replication/replica.js';
import type { MultiPaxosMessage, SnapshotFragment } from './messages.js';
import type { Placement } from './placement.js';
import { SnapshotReceiver } from './snapshot-transfer.js';

/** A fragment is asked for so often before the donor is given up. */
const MOST_ASKED = 10;

/**
 * How a learner comes by what it missed. It asks the other learners, then the acceptors, one after the other; who has it entry by
 * entry sends that, and a learner that has not offers a snapshot, which is fetched fragment by fragment. (`docs/protocols.md`
 * §4.2, rule 10)
 */
export class CatchingUp {
  readonly #peers: readonly Address[];
  #asked = 0;
  #commit: number;
  /** The timer runs: what is missing may still be on its way. */
  #waiting = false;
  #receiver: SnapshotReceiver | undefined;

  /** `retry` in ms. */
  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    { acceptors, learners }: Placement,
    private readonly retry: number,
    private readonly replica: Pick<Replica, 'next'>,
  ) {
    const others = (role: string, nodes: readonly string[]): readonly Address[] =>
      nodes.filter((node) => node !== context.self.node).map((node) => context.address(role, node));
    this.#peers = [...others('learner', learners), ...others('acceptor', acceptors)];
    this.#commit = replica.next;
  }

  /** Everything below it is chosen: so far there is to catch up. */
  get commit(): number {
    return this.#commit;
  }

  /** Everything below `commit` is chosen. */
  learnCommit(commit: number): void {
    this.#commit = Math.max(this.#commit, commit);
  }

  get behind(): number {
    return Math.max(0, this.#commit - this.replica.next);
  }

  /** Asks, but not at once: mostly what is missing comes by itself. */
  askSoon(): void {
    if (this.#waiting || this.behind === 0) return;
    this.#wait(this.retry / 6);
  }

  askNext(): void {
    const peer = this.#peers[this.#asked++ % this.#peers.length];
    if (peer !== undefined) this.ask(peer);
  }

  ask(peer: Address): void {
    this.effects.send(peer, { kind: 'catchUp', next: this.replica.next });
  }

  /** By timer: what was asked for did not come, or did not suffice. */
  askAgain(): void {
    this.#waiting = false;
    if (this.#receiver !== undefined) {
      if (this.#receiver.asked < MOST_ASKED) return this.#fetch(this.#receiver);
      // A donor that fell silent is given up for another.
      this.#receiver = undefined;
    }
    if (this.behind === 0) return;
    this.askNext();
    this.askSoon();
  }

  /** A learner has a snapshot of everything below `next`. */
  offered(next: number, { node }: Address): void {
    if (next <= this.replica.next || this.#receiver !== undefined) return;
    this.effects.notify({ event: 'snapshot transfer', from: node, next });
    this.#fetch(new SnapshotReceiver(node, this.context.random.uint32()));
  }

  /** The pieces of the snapshot, if this was the last fragment of it. */
  received(fragment: SnapshotFragment, { node }: Address): readonly Uint8Array[] | undefined {
    const receiver = this.#receiver;
    if (receiver?.donor !== node || !receiver.take(fragment)) return undefined;
    if (!fragment.last) {
      this.#fetch(receiver);
      return undefined;
    }
    this.#receiver = undefined;
    this.#waiting = false;
    this.effects.stopTimer('catchUp');
    return receiver.pieces;
  }

  #fetch(receiver: SnapshotReceiver): void {
    this.#receiver = receiver;
    receiver.asked++;
    const request = { kind: 'snapshotRequest', transfer: receiver.transfer, fragment: receiver.expected } as const;
    this.effects.send(this.context.address('learner', receiver.donor), request);
    this.#wait(this.retry);
  }

  #wait(ms: number): void {
    this.#waiting = true;
    this.effects.startTimer('catchUp', ms, { kind: 'catchUpTimer' });
  }
}
