import type { Storage, StorageCapabilities } from '../storage/storage.js';

/** Where the data of one node are: a directory, a disk, a database. */
export interface StoragePlace {
  /** A storage over the place, as a process that starts now would make it: not open. Where nothing outlives the object: that object. */
  storage(): Storage;
  /**
   * What a crash at this very moment may leave, each as a place of its own, which the suite closes. Called in the middle of
   * operations too, again and again. The least is a copy of the files, as they are after the process was killed. Left out where
   * nothing outlives the object.
   */
  crashes?(): Promise<readonly StoragePlace[]>;
  /** Bytes that the data take. Left out where nothing outlives the object. */
  size?(): Promise<number>;
  /** Every write from now on fails, of storages that are open too. */
  fail?(): void | Promise<void>;
  /** Frees what the place took. The suite has closed every storage before. */
  close(): Promise<void>;
}

/** A kind of storage on trial. */
export interface StorageUnderTest {
  readonly name: string;
  /** What its storages say of themselves in their `capabilities`. Of `durable` ones every place has `crashes` and `size`. */
  readonly capabilities: StorageCapabilities;
  /** Every place has `fail`. */
  readonly failing?: boolean;
  /** ms that a case waits for anything at most. 20,000 unless said, far more than a busy machine needs. */
  readonly patience?: number;
  /** A place for the data of one node, empty. */
  create(): Promise<StoragePlace>;
}
