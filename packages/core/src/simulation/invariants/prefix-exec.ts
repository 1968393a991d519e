import type { Applied, Invariant, Observer, Report, Restored } from '../../wiring/observer.js';

/**
 * PrefixExec (protocols.md §11; van Renesse and Altinbuken, Paxos Made Moderately Complex, §2: replicas execute slots in order):
 * what a replica has executed is a prefix of the one history, and replicas that have executed equally much hold equal states.
 */
export const prefixExec: Invariant = { name: 'PrefixExec', watch: (report) => new PrefixExec(report) };

class PrefixExec implements Observer {
  /** The digest of the state after each command, as whoever came first had it. */
  readonly #digests: number[] = [];
  readonly #replicas = new Map<string, { done: number; slot: number }>();

  constructor(private readonly report: Report) {}

  booted(node: string): void {
    this.#replicas.set(node, { done: 0, slot: -1 });
  }

  restored({ node, ops, digest }: Restored): void {
    const replica = this.#replica(node);
    replica.done = ops.length;
    if (ops.length > this.#digests.length)
      this.report(`${node} restored ${ops.length} commands, but nobody has executed more than ${this.#digests.length}`);
    else if (ops.length > 0) this.#compare(node, ops.length, digest);
  }

  applied({ node, slot, position, op, digest }: Applied): void {
    const replica = this.#replica(node);
    if (position !== replica.done) this.report(`${node} executed ${op} as its command ${position}, after ${replica.done} commands`);
    if (slot < replica.slot) this.report(`${node} executed slot ${slot} after slot ${replica.slot}`);
    replica.slot = slot;
    replica.done = position + 1;
    if (position === this.#digests.length) this.#digests.push(digest);
    else this.#compare(node, replica.done, digest);
  }

  #compare(node: string, done: number, digest: number): void {
    if (this.#digests[done - 1] !== digest)
      this.report(`after ${done} commands the state of ${node} is not that of the replica that first executed them`);
  }

  #replica(node: string): { done: number; slot: number } {
    let replica = this.#replicas.get(node);
    if (replica === undefined) this.#replicas.set(node, (replica = { done: 0, slot: -1 }));
    return replica;
  }
}
