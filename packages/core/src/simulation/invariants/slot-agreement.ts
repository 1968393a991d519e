import type { Applied, Invariant, Observer, Report, Restored } from '../../wiring/observer.js';

/**
 * SlotAgreement: Agreement (Lamport, The Part-Time Parliament; docs/protocols.md §11) as any replicated log shows it, whatever
 * chooses its entries: the commands of a slot, their order, and its log time are the same wherever and whenever it is executed.
 */
export const slotAgreement: Invariant = { name: 'SlotAgreement', watch: (report) => new SlotAgreement(report) };

interface Slot {
  readonly time: number;
  readonly ops: string[];
  /** Who executed it first. */
  readonly first: string;
  /** Somebody has executed it to its end, so `ops` are all. */
  complete: boolean;
}

class SlotAgreement implements Observer {
  readonly #slots = new Map<number, Slot>();
  /** Where each replica stands: the slot, and how many of its commands it has executed. */
  readonly #cursors = new Map<string, { slot: number; done: number }>();

  constructor(private readonly report: Report) {}

  booted(node: string): void {
    this.#cursors.delete(node);
  }

  restored({ node }: Restored): void {
    this.#cursors.delete(node);
  }

  applied({ node, slot: index, time, op }: Applied): void {
    let cursor = this.#cursors.get(node);
    if (cursor === undefined || cursor.slot !== index) {
      if (cursor !== undefined) this.#complete(node, cursor);
      this.#cursors.set(node, (cursor = { slot: index, done: 0 }));
    }
    let slot = this.#slots.get(index);
    if (slot === undefined) this.#slots.set(index, (slot = { time, ops: [], first: node, complete: false }));
    const known = slot.ops[cursor.done];
    if (slot.time !== time) this.report(`slot ${index} has log time ${slot.time} at ${slot.first} and ${time} at ${node}`);
    if (known === undefined && !slot.complete) slot.ops.push(op);
    else if (known !== op)
      this.report(`slot ${index}, command ${cursor.done}: ${slot.first} executed ${known ?? 'nothing'}, ${node} ${op}`);
    cursor.done++;
  }

  #complete(node: string, { slot: index, done }: { readonly slot: number; readonly done: number }): void {
    const slot = this.#slots.get(index) as Slot;
    slot.complete = true;
    if (done !== slot.ops.length)
      this.report(`slot ${index}: ${slot.first} executed ${slot.ops.length} commands (${slot.ops}), ${node} only ${done}`);
  }
}
