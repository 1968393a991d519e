import type { ObservableInput } from 'rxjs';

/**
 * The few things that a storage asks of a file system, so that the same recovery code stands on a real disk and on a simulated
 * one. Names are plain file names in one flat directory. Errors of the platform pass through.
 *
 * What a disk promises: bytes written and then synced survive a crash; so does a name once its directory was synced. Of what was
 * not synced, any subset of sectors may survive. A read returns what was last written or fails.
 */
export interface Disk {
  /** Takes the directory for this process, creating it if absent. The kernel gives it up when the process dies. Emits false if another holds it. */
  lock(): ObservableInput<boolean>;
  unlock(): ObservableInput<unknown>;
  list(): ObservableInput<readonly string[]>;
  /** Opens for reading and writing; `create` makes a new, empty file and fails if the name exists. */
  open(name: string, mode: 'create' | 'existing'): ObservableInput<DiskFile>;
  rename(from: string, to: string): ObservableInput<unknown>;
  remove(name: string): ObservableInput<unknown>;
  /** Makes creations, renames and removals durable. */
  syncDirectory(): ObservableInput<unknown>;
}

export interface DiskFile {
  readonly size: number;
  /** Up to `length` bytes from `position`; fewer only at the end of the file. */
  read(position: number, length: number): ObservableInput<Uint8Array>;
  write(position: number, bytes: Uint8Array): ObservableInput<unknown>;
  /** Makes everything written before durable (contents, not the name). */
  sync(): ObservableInput<unknown>;
  /** `write`, then `sync`, as one step where the platform can. */
  writeDurably(position: number, bytes: Uint8Array): ObservableInput<unknown>;
  truncate(size: number): ObservableInput<unknown>;
  close(): ObservableInput<unknown>;
}
