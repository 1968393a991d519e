import { always, quickDisk, SeededRandom, SimulatedDisk, VirtualScheduler } from '@synod/core/simulation';
import type { StoragePlace, StorageUnderTest } from '@synod/core/testing';
import { OneFileStorage } from './one-file-storage.js';

const none = always(0);
const WRITING = /^(create|rename|remove|write|writeDurably|sync|syncDirectory|truncate)$/;

/** A simulated disk, in virtual time: every ms one thing happens, and the suite asks what a crash would leave at that moment. */
const place = (disk: SimulatedDisk, random: SeededRandom): StoragePlace => {
  const time = new VirtualScheduler();
  const clock = setInterval(() => time.step(), 1);
  return {
    storage: () => new OneFileStorage(disk.mount(time.child())),
    // After `kill` the system still has what was written; a power cut takes, of what was not synced, any part.
    crashes: async () =>
      (['kill', 'power cut', 'power cut'] as const).map((how) => {
        const left = disk.crashed(how, random);
        left.latency = { read: none, write: none, sync: none, name: none };
        return place(left, new SeededRandom(random.uint32()));
      }),
    size: async () => [...disk.names.values()].reduce((sum, { size }) => sum + size, 0),
    fail: () => void disk.impair((operation) => (WRITING.test(operation) ? new Error('the disk is broken') : undefined)),
    close: async () => clearInterval(clock),
  };
};

export const oneFileStorages: StorageUnderTest = {
  name: 'one file',
  capabilities: { durable: true },
  failing: true,
  create: async () => {
    const random = new SeededRandom(1);
    return place(new SimulatedDisk('a', random.split('disk'), undefined, quickDisk), random.split('crashes'));
  },
};
