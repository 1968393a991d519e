import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import { StorageError } from '../../errors.js';
import { type Epoch, type Epochs, lastOf, NO_EPOCHS, wasIn } from './epochs.js';
import type { Enrol, Enrolled, EnrolTimer } from './messages.js';

/** ms between two questions that nobody waits for, at most. */
const SLOWEST_QUESTION = 10_000;

/**
 * How a node comes to vote or lead: it asks the acceptors to put on record, durably, what its data is, and learns whether that is
 * what they know. (`docs/protocols.md` §10)
 *
 * *Formation*, once: every acceptor records the node's generation, which is minted with its data directory. A node that comes back
 * under its old name without its old data finds another generation on record and stays out: an empty acceptor that voted would
 * break the intersection of quorums.
 *
 * *Admission*, at each start of an acceptor: a majority records the epoch that begins, itself counted, but none that was not formed:
 * an acceptor that lost its data has lost what it had on record, and no vote is missed with it. An epoch on record that
 * this data does not know of proves that the data is an old copy, which has forgotten promises and votes. All acceptors are asked
 * until each has answered that may vote itself: one may know of such an epoch where those that answered first do not, and what a
 * refused copy has on record goes when the newest data comes back. Later epochs are put on record in the same way, and nothing
 * waits for them.
 */
export class Enrolment {
  readonly #agreed = new Set<string>();
  /** Those of them that were formed. */
  readonly #formed = new Set<string>();
  /** Those of them that may vote: their records stay. */
  readonly #admitted = new Set<string>();
  /** Of whom was heard since the epoch began. */
  readonly #met = new Set<string>();
  #granted = false;
  #refused = false;
  #pause: number;

  /**
   * `acceptors`: the nodes to be asked, in their role `acceptor`. `needs`: how many must agree. `retry`: ms before a question that was not
   * answered is asked again. An acceptor has an `Admission`, which keeps one; whoever owns ballots has one of its own, with 'all'.
   */
  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<Enrol | EnrolTimer>,
    private readonly acceptors: readonly string[],
    private readonly needs: 'all' | 'a majority',
    private readonly retry: number,
    /** Of an acceptor, with the one that begins; those of a leader are not counted. */
    private epochs: Epochs = NO_EPOCHS,
  ) {
    this.#pause = retry;
  }

  /** As many acceptors as are needed have what this node began with on record. */
  get granted(): boolean {
    return this.#granted;
  }

  /** Every acceptor has all of it on record, on data that is not refused. */
  get complete(): boolean {
    return this.#admitted.size === this.acceptors.length;
  }

  /** Asks every acceptor that has not agreed yet, and asks again later. */
  ask(): void {
    if (this.complete && this.#granted) return;
    const settled = this.#granted ? this.#admitted : this.needs === 'all' ? this.#agreed : this.#formed;
    for (const node of this.acceptors) if (!settled.has(node)) this.#ask(node);
    this.#askIn(this.#granted ? Math.min(2 * this.#pause, SLOWEST_QUESTION) : this.retry);
  }

  /** The last of `epochs` begins. */
  begin(epochs: Epochs): void {
    this.epochs = epochs;
    if (this.complete) this.#pause = this.retry;
    this.#agreed.clear();
    this.#formed.clear();
    this.#admitted.clear();
    this.#met.clear();
    this.ask();
  }

  /** This node is there, which may have missed the question: it is asked again at once, the first time, and later before long. */
  met(node: string): void {
    if (!this.acceptors.includes(node) || this.#admitted.has(node)) return;
    if (!this.#met.has(node)) this.#ask(node);
    else if (this.#pause > this.retry) this.#askIn(this.retry);
    this.#met.add(node);
  }

  /**
   * What an acceptor has on record stays true, so an answer counts whichever question it is to, however late. Throws `StorageError`
   * (`OLD_DATA`).
   */
  answered(node: string, { generation, recorded, formed, admitted }: Enrolled): void {
    if (generation !== this.context.generation) return this.#refuse(node, generation);
    const last = lastOf(this.epochs);
    if (last.epoch > 0) {
      if (!wasIn(this.epochs, recorded)) {
        // Who lost its data may have put on record what others had refused: a late question of a copy.
        if (!formed) return;
        throw oldData(this.context, last, node, recorded);
      }
      if (recorded.epoch < last.epoch) return;
    }
    this.#agreed.add(node);
    if (formed) this.#formed.add(node);
    if (admitted) this.#admitted.add(node);
    const { length } = this.acceptors;
    this.#granted ||= this.needs === 'all' ? this.#agreed.size === length : 2 * this.#formed.size > length;
    if (this.complete && this.#granted) this.effects.stopTimer('enrol');
  }

  #ask(node: string): void {
    const { context, epochs } = this;
    this.effects.send(context.address('acceptor', node), { kind: 'enrol', generation: context.generation, epochs });
  }

  #askIn(pause: number): void {
    this.#pause = pause;
    this.effects.startTimer('enrol', pause, { kind: 'enrolTimer' });
  }

  #refuse(node: string, generation: string): void {
    if (this.#refused) return;
    this.#refused = true;
    const { self, logger } = this.context;
    const reason = `node ${self.node} has generation ${this.context.generation}, but ${node} knows it as ${generation}: its data was lost or replaced, so it must not vote under this name; bring back its data. Until then the others serve without it, and it only learns`;
    this.effects.notify({ event: 'generation refused', by: node, reason });
    logger.error(reason);
  }
}

const oldData = ({ self: { node, group } }: ActorContext, last: Epoch, by: string, { epoch }: Epoch): StorageError =>
  new StorageError(
    'OLD_DATA',
    `node ${node} is in epoch ${last.epoch} of group ${group}, on data that does not know of an epoch ${epoch} which ${by} has on record: the data is an old copy, and what the node promised and voted after it was made is missing. It must not vote, or what was acknowledged might be lost; bring back its newest data. Until then the others serve without it`,
  );
