import { between, type Delay } from '../delay.js';
import type { NetworkConditions } from '../network.js';
import type { SeededRandom } from '../seeded-random.js';
import { all, type Fault, repeatedly } from './fault.js';
import { linksOf } from './links.js';
import { bridges, chains, constrained, quorumLosses, rings } from './topologies.js';

/** The network falls into two parts. */
export const partitions: Fault = {
  name: 'partition',
  kind: 'network',
  begin: (world, random) => {
    const nodes = random.shuffle(world.options.nodes);
    if (nodes.length < 2) return undefined;
    const cut = random.between(1, nodes.length - 1);
    return world.network.partition(nodes.slice(0, cut), nodes.slice(cut));
  },
};

/** Some links carry nothing in one direction. */
export const oneWayCuts: Fault = {
  name: 'one-way cut',
  kind: 'network',
  begin: (world, random) => {
    const links = random.shuffle(linksOf(world.options.nodes));
    if (links.length === 0) return undefined;
    return world.network.sever(links.slice(0, random.between(1, Math.ceil(links.length / 2))));
  },
};

/** Some links are cut and mended many times a second, each in its own time. */
export const flappingLinks: Fault = {
  name: 'flapping link',
  kind: 'network',
  begin: (world, random) => {
    const links = random.shuffle(linksOf(world.options.nodes));
    if (links.length === 0) return undefined;
    return all(
      links.slice(0, random.between(1, Math.ceil(links.length / 2))).map((link) => {
        let mend: (() => void) | undefined;
        const stop = repeatedly(world, random, between(2, 100), () => {
          mend?.();
          mend = mend === undefined ? world.network.sever([link]) : undefined;
        });
        return all([stop, () => mend?.()]);
      }),
    );
  },
};

/** For a while, all links or some are worse than they were. */
const burst = (name: string, draw: (random: SeededRandom) => (than: NetworkConditions) => NetworkConditions): Fault => ({
  name,
  kind: 'network',
  begin: (world, random) => {
    const links = random.shuffle(linksOf(world.options.nodes));
    if (links.length === 0) return undefined;
    return world.network.worsen(random.chance(500) ? links : links.slice(0, random.between(1, links.length)), draw(random));
  },
});

/** The chance that one of two things happens, per mille. */
const either = (one: number, other: number): number => Math.min(1000, one + other - Math.floor((one * other) / 1000));

const sum =
  (one: Delay, other: Delay): Delay =>
  (random) =>
    one(random) + other(random);

/** Up to half of all frames are lost. */
export const lossBursts: Fault = burst('loss burst', (random) => {
  const loss = random.between(20, 500);
  return (than) => ({ ...than, loss: either(than.loss, loss) });
});

/** Up to all frames come twice. */
export const duplicationBursts: Fault = burst('duplication burst', (random) => {
  const [duplication, late] = [random.between(50, 1000), between(1, random.between(2, 500))];
  return (than) => ({ ...than, duplication: either(than.duplication, duplication), late: sum(than.late, late) });
});

/** Up to half of all frames leave their place. */
export const reorderingBursts: Fault = burst('reordering burst', (random) => {
  const [reordering, late] = [random.between(50, 500), between(1, random.between(2, 500))];
  return (than) => ({ ...than, reordering: either(than.reordering, reordering), late: sum(than.late, late) });
});

/** Frames take longer, by up to half a second. */
export const delayBursts: Fault = burst('delay burst', (random) => {
  const delay = between(0, random.pick([10, 50, 200, 500]));
  return (than) => ({ ...than, delay: sum(than.delay, delay) });
});

/** Frames come again, of any age, whatever ballots and lives there have been since. */
export const oldReplays: Fault = {
  name: 'old replay',
  kind: 'network',
  begin: (world, random) => {
    world.network.remember();
    return repeatedly(world, random, between(0, random.pick([5, 50, 200])), () => world.network.replay(random));
  },
};

export const networkFaults: readonly Fault[] = [
  partitions,
  oneWayCuts,
  flappingLinks,
  chains,
  rings,
  bridges,
  quorumLosses,
  constrained,
  lossBursts,
  duplicationBursts,
  reorderingBursts,
  delayBursts,
  oldReplays,
];
