/** Whether a ballot is lower than another, both as they are traced: round, point, node; `⊥` is below all others. */
export const isBelow = (a: string, b: string): boolean => {
  const [roundA, roundB] = [roundOf(a), roundOf(b)];
  return roundA === roundB ? a.slice(a.indexOf('.')) < b.slice(b.indexOf('.')) : roundA < roundB;
};

const roundOf = (ballot: string): number => (ballot === '⊥' ? 0 : Number.parseInt(ballot, 10));
