import type { ObservableInput } from 'rxjs';
import type { RecoveredRole } from '../actor/actor.js';

/** Whose data this is. A storage that holds another's refuses to open. */
export interface StorageIdentity {
  readonly cluster: string;
  readonly node: string;
  /** Taken as this node's generation if the storage is new; else the storage's own is returned by `open`. */
  readonly newGeneration: string;
}

export interface Recovered {
  readonly generation: string;
  /** The position after the last durable record: 0 in a new storage. */
  readonly position: number;
  /** By role key: the newest checkpoint, and the records above its `covers`, in the order of their positions. */
  readonly roles: ReadonlyMap<string, RecoveredRole>;
}

export interface LogRecord {
  /** Names the actor, as `group/role`. */
  readonly role: string;
  readonly bytes: Uint8Array;
}

export interface StorageCapabilities {
  /** What was acknowledged outlives the process. False: it lasts as long as the object. */
  readonly durable: boolean;
}

/**
 * Keeps what actors persist. Records of all roles share one log; each has a position, counted from 0 in the order of appending,
 * and positions go on across restarts without a gap.
 *
 * To ensure correctness:
 * - `append` completes only when every record of the batch, and all before it, would survive a power cut; a batch that did not
 *   complete may be found again in whole, in part from its front, or not at all;
 * - after any error of `append` or `checkpoint` nothing is ever acknowledged again: the node stops;
 * - `checkpoint` completes only when it would survive; until then the older one, and the records above it, are what `open` finds;
 * - `open` never drops a record that was acknowledged: where it cannot tell, it refuses with a `StorageError`.
 *
 * `storageSuite` of `@synod/core/testing` proves a storage.
 */
export interface Storage {
  readonly capabilities: StorageCapabilities;
  /** Fails with `StorageError` if the data is another node's, is in use by another process, or is damaged. */
  open(identity: StorageIdentity): ObservableInput<Recovered>;
  /** One call at a time: the next only after this one completed. May complete synchronously. The arrays are not reused. */
  append(records: readonly LogRecord[]): ObservableInput<unknown>;
  /**
   * Replaces the role's records at positions below `covers` by `state`, which is pulled piece by piece with other work between.
   * Called only when all below `covers` is durable; one at a time a role; runs beside `append`.
   */
  checkpoint(role: string, covers: number, state: Iterable<Uint8Array>): ObservableInput<unknown>;
  /** Completes when nothing is left open. What was acknowledged stays. At any time, and as often as one likes. */
  close(): ObservableInput<unknown>;
}
