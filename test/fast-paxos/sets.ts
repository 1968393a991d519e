/** Acceptors of these names: a1, a2, … */
export const acceptors = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `a${i + 1}`);

/** All sets of these nodes, by brute force. */
export const subsets = (members: readonly string[]): readonly ReadonlySet<string>[] =>
  Array.from({ length: 1 << members.length }, (_, set) => new Set(members.filter((_, i) => (set & (1 << i)) !== 0)));

/** Every way to give each of `members` one of `values`. */
export const assignments = <T>(members: readonly string[], values: readonly T[]): readonly ReadonlyMap<string, T>[] => {
  let all: (readonly (readonly [string, T])[])[] = [[]];
  for (const member of members) all = all.flatMap((given) => values.map((value) => [...given, [member, value] as const]));
  return all.map((given) => new Map(given));
};
