import type { SeededRandom } from '../seeded-random.js';
import type { World } from '../world.js';
import type { Fault } from './fault.js';
import { allBut } from './links.js';

type Linked = (i: number, j: number) => boolean;

/** The member that leads, as it believes itself. */
export const leaderOf = (world: World): string | undefined =>
  world.members.find((id) => Object.values(world.host(id).node?.status().groups ?? {}).some(({ phase }) => phase === 'active'));

/** Cuts all links between members but those that `draw` leaves. Whoever is no member still reaches everyone. */
const topologyFault = (
  name: string,
  least: number,
  draw: (members: readonly string[], random: SeededRandom, world: World) => [nodes: readonly string[], linked: Linked] | undefined,
): Fault => ({
  name,
  kind: 'network',
  begin: (world, random) => {
    if (world.members.length < least) return undefined;
    const drawn = draw(random.shuffle(world.members), random, world);
    return drawn && world.network.sever(allBut(...drawn));
  },
});

/** The leader first, the others after it. */
const leaderFirst = (nodes: readonly string[], world: World): readonly string[] | undefined => {
  const leader = leaderOf(world);
  return leader === undefined ? undefined : [leader, ...nodes.filter((node) => node !== leader)];
};

/** The nodes reach only their neighbours in a row. (protocols.md §9, *chain*) */
export const chains: Fault = topologyFault('chain', 3, (nodes) => [nodes, (i, j) => j - i === 1]);

/** The nodes reach only their neighbours in a circle. */
export const rings: Fault = topologyFault('ring', 4, (nodes) => [nodes, (i, j) => j === (i + 1) % nodes.length]);

/** Two halves that reach one another only through one node. */
export const bridges: Fault = topologyFault('bridge', 3, (nodes, random) => {
  const end = random.between(2, nodes.length - 1);
  return [nodes, (i, j) => i === 0 || i < end === j < end];
});

/** The leader and all others reach one other node only, which alone has a quorum. (protocols.md §9, *quorum loss*) */
export const quorumLosses: Fault = topologyFault('quorum loss', 3, (nodes, _random, world) => {
  const ordered = leaderFirst(nodes, world);
  return ordered && [ordered, (i) => i === 1];
});

/** The leader reaches nobody, and the others only one among them. (protocols.md §9, *constrained*) */
export const constrained: Fault = topologyFault('constrained', 4, (nodes, _random, world) => {
  const ordered = leaderFirst(nodes, world);
  return ordered && [ordered, (i, j) => i === 1 && j !== 0];
});
