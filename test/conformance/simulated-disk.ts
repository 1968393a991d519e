import {
  always,
  type DiskLatency,
  type DiskOperation,
  quickDisk,
  SeededRandom,
  SimulatedDisk,
  VirtualScheduler,
} from '@synod/core/simulation';
import type { StoragePlace, StorageUnderTest } from '@synod/core/testing';
import { FileStorage } from '@synod/storage-file/log';

const NONE = always(0);
const instant: DiskLatency = { read: NONE, write: NONE, sync: NONE, name: NONE };

const WRITING: readonly DiskOperation[] = ['create', 'rename', 'remove', 'syncDirectory', 'write', 'sync', 'writeDurably', 'truncate'];

/** Power cuts that are tried at every moment, besides one kill. */
const POWER_CUTS = 3;

/**
 * A simulated disk in virtual time of its own. Every ms one event happens, so that the suite sees every moment between two; what a
 * crash left is a disk that is done within the call.
 */
class SimulatedPlace implements StoragePlace {
  readonly #scheduler = new VirtualScheduler();
  readonly #clock: ReturnType<typeof setInterval>;

  constructor(
    readonly disk: SimulatedDisk,
    readonly random: SeededRandom,
  ) {
    this.#clock = setInterval(() => this.#scheduler.step(), 1);
  }

  storage(): FileStorage {
    const life = this.#scheduler.child();
    return new FileStorage(this.disk.mount(life), { segmentBytes: 4_096, markDelay: 5, scheduler: life });
  }

  async crashes(): Promise<readonly StoragePlace[]> {
    const hows = [...Array.from({ length: POWER_CUTS }, () => 'power cut' as const), 'kill' as const];
    return hows.map((how) => {
      const random = new SeededRandom(this.random.uint32());
      const left = this.disk.crashed(how, random);
      left.latency = instant;
      return new SimulatedPlace(left, random);
    });
  }

  async size(): Promise<number> {
    return [...this.disk.names.values()].reduce((sum, { size }) => sum + size, 0);
  }

  fail(): void {
    this.disk.impair((operation) => (WRITING.includes(operation) ? new Error('EIO: the disk is broken') : undefined));
  }

  async close(): Promise<void> {
    clearInterval(this.#clock);
  }
}

export const simulatedFileStorages: StorageUnderTest = {
  name: 'file, on the simulated disk',
  capabilities: { durable: true },
  failing: true,
  create: async () => {
    const random = new SeededRandom(1);
    return new SimulatedPlace(new SimulatedDisk('a', random.split('disk'), undefined, quickDisk), random.split('crashes'));
  },
};
