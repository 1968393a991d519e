import { defer, EMPTY, type Observable, of, throwError } from 'rxjs';
import { errorFrom, StorageError } from '../errors.js';
import type { LogRecord, Recovered, Storage, StorageCapabilities, StorageIdentity } from './storage.js';

interface Kept {
  checkpoint?: Uint8Array[];
  /** The position below which `checkpoint` replaces records. */
  covers: number;
  records: { position: number; bytes: Uint8Array }[];
}

/**
 * Keeps records in memory: durable as long as this object is. Hand the same object to the next life of a node to let it recover.
 * A node that keeps no such object is, after a restart, another node, and the others will not let it vote under its old name.
 */
export class MemoryStorage implements Storage {
  readonly capabilities: StorageCapabilities = { durable: false };
  readonly #roles = new Map<string, Kept>();
  #identity: StorageIdentity | undefined;
  #position = 0;
  #open = false;
  /** After an error nothing is acknowledged until the next life. */
  #failure: Error | undefined;

  open(identity: StorageIdentity): Observable<Recovered> {
    return defer(() => {
      if (this.#open) throw new StorageError('STORAGE_LOCKED', 'this memory storage is open already; give every node its own');
      this.#identity ??= identity;
      const { node, cluster, newGeneration: generation } = this.#identity;
      if (node !== identity.node || cluster !== identity.cluster)
        throw new StorageError(
          'FOREIGN_STORAGE',
          `this memory storage is node ${node}'s of cluster ${cluster}, not ${identity.node}'s of ${identity.cluster}`,
        );
      this.#open = true;
      this.#failure = undefined;
      const roles = new Map(
        [...this.#roles].map(([role, { checkpoint, records }]) => [
          role,
          { ...(checkpoint && { checkpoint }), records: records.map(({ bytes }) => bytes) },
        ]),
      );
      return of({ generation, position: this.#position, roles });
    });
  }

  append(records: readonly LogRecord[]): Observable<never> {
    const obstacle = this.#obstacle();
    if (obstacle) return throwError(() => obstacle);
    for (const { role, bytes } of records) this.#kept(role).records.push({ position: this.#position++, bytes });
    return EMPTY;
  }

  checkpoint(role: string, covers: number, state: Iterable<Uint8Array>): Observable<never> {
    return defer(() => {
      const obstacle = this.#obstacle();
      if (obstacle) throw obstacle;
      let checkpoint: Uint8Array[];
      try {
        checkpoint = [...state];
      } catch (error) {
        this.#failure = errorFrom(error);
        throw error;
      }
      const kept = this.#kept(role);
      kept.checkpoint = checkpoint;
      kept.covers = covers;
      kept.records = kept.records.filter(({ position }) => position >= covers);
      return EMPTY;
    });
  }

  close(): Observable<never> {
    this.#open = false;
    return EMPTY;
  }

  #obstacle(): Error | undefined {
    if (!this.#open) return new StorageError('STORAGE_NOT_OPEN', 'this memory storage is not open; wait for open to complete first');
    return this.#failure;
  }

  #kept(role: string): Kept {
    let kept = this.#roles.get(role);
    if (kept === undefined) this.#roles.set(role, (kept = { covers: 0, records: [] }));
    return kept;
  }
}
