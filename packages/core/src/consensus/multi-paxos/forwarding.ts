import type { ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import type { MultiPaxosMessage, Read, Request } from './messages.js';
import { WaitingReads, WaitingRequests } from './waiting.js';
import type { Watch } from './watch.js';

/** Forwarded at most so often: two leaders that each take the other for the active one must not play ball. */
const MOST_HOPS = 2;
/** What a leader that knows of none keeps of reads for the next. */
const MOST_HELD_READS = 4096;

/** Who takes what proposers ask for. */
export interface Taker {
  request(request: Request): void;
  read(read: Read): void;
}

/**
 * What becomes of what proposers ask of a leader that does not lead: it goes on to the one that does, and the proposer is told which
 * that is; while none is known, it waits here.
 */
export class Forwarding implements Taker {
  readonly #requests = new WaitingRequests();
  readonly #reads = new WaitingReads(MOST_HELD_READS);

  constructor(
    private readonly context: ActorContext,
    private readonly effects: Effects<MultiPaxosMessage>,
    private readonly watch: Pick<Watch, 'freshLeader'>,
  ) {}

  /** Requests that wait for a leader. */
  get waiting(): number {
    return this.#requests.size;
  }

  request(request: Request): void {
    if (!this.#forwarded(request)) this.#requests.add(request);
  }

  read(read: Read): void {
    if (!this.#forwarded(read)) this.#reads.add(read);
  }

  /** Somebody leads: what waits goes to `taker`, this node's own reign; without one it goes on. */
  release(taker: Taker = this): void {
    for (const request of this.#requests.takeAll()) taker.request(request);
    for (const read of this.#reads.takeAll()) taker.read(read);
  }

  /** Whether there is a leader to turn to. */
  #forwarded(message: Request | Read): boolean {
    const leader = this.watch.freshLeader;
    if (leader === undefined) return false;
    if (message.hops < MOST_HOPS) {
      this.effects.send(this.context.address('leader', leader), { ...message, hops: message.hops + 1 });
      this.effects.send(this.context.address('proposer', message.origin), { kind: 'leaderIs', node: leader });
    }
    return true;
  }
}
