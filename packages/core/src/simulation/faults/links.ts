import type { Direction } from '../network.js';

/** All links between `nodes`. */
export const linksOf = (nodes: readonly string[]): readonly Direction[] =>
  nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => [from, to] as const));

/** The links that must be cut for only `linked` pairs of `nodes`, told by their places, to reach one another. */
export const allBut = (nodes: readonly string[], linked: (i: number, j: number) => boolean): readonly Direction[] =>
  linksOf(nodes).filter(([from, to]) => {
    const [i, j] = [nodes.indexOf(from), nodes.indexOf(to)];
    return !linked(i, j) && !linked(j, i);
  });
