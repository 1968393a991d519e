import type { RecoveredRole } from '@synod/core';
import { EMPTY, type Observable, Subject } from 'rxjs';
import type { Journal, JournalRecord } from '../../../packages/core/src/actor/gate.js';

/** What a node of a transcript persisted. `stuck`: appends go on, but nothing becomes durable until `sync`. */
export class Disk implements Journal {
  stuck = false;
  #records: (JournalRecord & { readonly position: number })[] = [];
  readonly #checkpoints = new Map<string, { readonly covers: number; readonly pieces: readonly Uint8Array[] }>();
  #position = 0;
  #inFlight: { readonly records: readonly JournalRecord[]; readonly done$: Subject<never> } | undefined;

  constructor(readonly generation: string) {}

  /** The position after the last durable record. */
  get position(): number {
    return this.#position;
  }

  append(records: readonly JournalRecord[]): Observable<never> {
    if (!this.stuck) {
      this.#keep(records);
      return EMPTY;
    }
    const done$ = new Subject<never>();
    this.#inFlight = { records, done$ };
    return done$;
  }

  checkpoint(role: string, covers: number, state: Iterable<Uint8Array>): Observable<never> {
    if (covers > this.#position) throw new Error(`a checkpoint of ${role} covers ${covers}, but only ${this.#position} are durable`);
    this.#checkpoints.set(role, { covers, pieces: [...state] });
    this.#records = this.#records.filter((record) => record.role !== role || record.position >= covers);
    return EMPTY;
  }

  /** A disk of the same node with what is durable here now. */
  copy(): Disk {
    const copy = new Disk(this.generation);
    copy.#records = [...this.#records];
    for (const [role, checkpoint] of this.#checkpoints) copy.#checkpoints.set(role, checkpoint);
    copy.#position = this.#position;
    return copy;
  }

  /** What is in flight becomes durable; from now on everything does at once. */
  sync(): void {
    this.stuck = false;
    const inFlight = this.#inFlight;
    this.#inFlight = undefined;
    if (inFlight === undefined) return;
    this.#keep(inFlight.records);
    inFlight.done$.complete();
  }

  crash(): void {
    this.#inFlight = undefined;
    this.stuck = false;
  }

  recovered(role: string): RecoveredRole {
    const checkpoint = this.#checkpoints.get(role)?.pieces;
    const records = this.#records.filter((record) => record.role === role).map(({ bytes }) => bytes);
    return { ...(checkpoint && { checkpoint }), records };
  }

  #keep(records: readonly JournalRecord[]): void {
    for (const record of records) this.#records.push({ ...record, position: this.#position++ });
  }
}
