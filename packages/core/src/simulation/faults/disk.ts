import { between } from '../delay.js';
import type { DiskFault, DiskOperation } from '../disk.js';
import type { Damage } from '../disk-contents.js';
import { platformError } from '../mounted-disk.js';
import type { SeededRandom } from '../seeded-random.js';
import type { World } from '../world.js';
import { all, type Fault } from './fault.js';

/** The disks of some nodes take up to a fifth of a second for what a crash must not lose. */
export const slowDisks: Fault = {
  name: 'slow disk',
  kind: 'disk',
  begin: (world, random) => {
    const { nodes } = world.options;
    const slow = random.shuffle(nodes).slice(0, random.between(1, nodes.length));
    const sync = between(5, random.between(10, 200));
    return all(slow.map((id) => world.host(id).disk.slow((latency) => ({ ...latency, sync }))));
  },
};

/** Operations of one node's disk go wrong. A node that fails of it is started again, and may find the disk no better. */
const impairment = (name: string, draw: (random: SeededRandom) => (operation: DiskOperation) => DiskFault | undefined): Fault => ({
  name,
  kind: 'disk',
  begin: (world, random) => world.host(random.pick(world.options.nodes)).disk.impair(draw(random)),
});

const SYNCS: readonly DiskOperation[] = ['sync', 'writeDurably', 'syncDirectory'];

/** Syncs of a node's disk fail, all or many; what they should have made durable may be gone, and look as if it were not. */
export const failedSyncs: Fault = impairment('failed sync', (random) => {
  const share = random.pick([100, 500, 1000]);
  return (operation) => (SYNCS.includes(operation) && random.chance(share) ? 'failed sync' : undefined);
});

const WRITES: readonly DiskOperation[] = ['create', 'write', 'writeDurably'];

/** A node's disk is full. */
export const fullDisks: Fault = impairment(
  'full disk',
  () => (operation) => (WRITES.includes(operation) ? platformError('ENOSPC', `no space left on device, ${operation}`) : undefined),
);

/** Nothing that a node asks of its disk ends, while its network works on. Over when the process is killed and started again. */
export const hungDisks: Fault = {
  name: 'hung disk',
  kind: 'disk',
  begin: (world, random) => {
    const id = random.pick(world.options.nodes);
    const release = world.host(id).disk.impair(() => 'hang');
    return () => {
      release();
      world.crash(id, random.pick(['kill', 'power cut']));
      world.restart(id);
    };
  },
};

/**
 * Something durable is damaged on the disk of a node that is down. The node refuses to start, again and again, until it is undone;
 * or what was damaged is of no consequence.
 */
const damage = (how: Damage): Fault => ({
  name: how,
  kind: 'disk',
  begin: (world, random) => {
    const id = random.pick(world.options.nodes);
    world.crash(id);
    const undo = world.host(id).disk.damage(how, random);
    world.restartSoon(id);
    return (
      undo &&
      (() => {
        undo();
        world.restart(id);
      })
    );
  },
});

export const bitRot: Fault = damage('bit rot');
export const lostWrites: Fault = damage('lost write');
export const misdirectedWrites: Fault = damage('misdirected write');

/** Every acceptor knows of the life that this node leads, and may tell an older copy of its data by that. */
const isOnRecord = (world: World, id: string): boolean => {
  const status = world.host(id).node?.status();
  return status?.state === 'running' && Object.values(status.groups).every(({ onRecord }) => onRecord === true);
};

/** An acceptor that the others do not know yet loses nothing with its disk, and may join again. */
const isFormed = (world: World, id: string): boolean => {
  const status = world.host(id).node?.status();
  return status?.state === 'running' && Object.values(status.groups).every(({ formed }) => formed !== false);
};

/** ms that a node lives on after its disk was copied: time to have a life on record that the copy does not know of. */
const LIVES_ON = 300;

/**
 * A copy of a node's disk, made when it died, is put in the place of what the disk has become since. The node refuses it, again and
 * again, until its newest data is back. Not while others do not have its present life on record: then nobody could tell.
 */
export const oldCopies: Fault = {
  name: 'old copy',
  kind: 'disk',
  begin: (world, random) => {
    const acceptors = world.cluster.playing('acceptor').filter((id) => !world.host(id).disk.atFault && isOnRecord(world, id));
    if (acceptors.length < 2) return undefined;
    const id = random.pick(acceptors);
    const { disk } = world.host(id);
    world.crash(id);
    const copy = disk.copy();
    world.restart(id);
    let putRight: (() => void) | undefined;
    let ended = false;
    const exchange = (): void => {
      if (ended || disk.atFault || world.wiped.size > 0) return;
      // Its present life is on record with all only once all of them may vote, which takes a while.
      if (!isOnRecord(world, id)) {
        world.scheduler.schedule(exchange, LIVES_ON);
        return;
      }
      world.crash(id, 'kill');
      const newest = disk.copy();
      disk.restore(copy);
      world.restart(id);
      putRight = () => {
        world.crash(id);
        disk.putRight(newest);
        world.restart(id);
      };
    };
    world.scheduler.schedule(exchange, LIVES_ON);
    return () => {
      ended = true;
      putRight?.();
    };
  },
};

/** A node comes back with an empty disk, for ever without a vote; so many do as the cluster outlives. It loses what it has on record of others, too. */
export const wipedDisks: Fault = {
  name: 'wiped disk',
  kind: 'disk',
  begin: (world, random) => {
    const acceptors = world.cluster.playing('acceptor');
    if (acceptors.some((id) => world.host(id).disk.isOldCopy)) return undefined;
    const formed = acceptors.filter((id) => !world.wiped.has(id) && isFormed(world, id) && world.mayWipe(id));
    if (formed.length === 0) return undefined;
    const id = random.pick(formed);
    world.wipe(id);
    return () => world.restart(id);
  },
};

export const diskFaults: readonly Fault[] = [
  slowDisks,
  failedSyncs,
  fullDisks,
  hungDisks,
  bitRot,
  lostWrites,
  misdirectedWrites,
  wipedDisks,
  oldCopies,
];
