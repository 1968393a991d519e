/** One measurement. */
export interface Row {
  readonly name: string;
  /** Of a store; a bare loop has none. */
  readonly protocol?: string;
  readonly transport: string;
  readonly storage: string;
  readonly clients: number;
  readonly opsPerSecond: number;
  readonly p50ms: number;
  readonly p99ms: number;
  /** Over all its processes, per command. */
  readonly cpuMicroseconds: number;
}

/** One measurement of each contender, one right after the other, always in the same order. */
export type Round = readonly Row[];

/** The median of a contender's measurements, and how it compares. */
export interface Comparison extends Row {
  readonly rounds: number;
  /** To the bare loop; none for itself. */
  readonly throughputRatio?: number;
  readonly p50Ratio?: number;
  /** Its throughput to that of the first contender, if there are several deployments. */
  readonly toFirst?: number;
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const medianRow = (rows: readonly Row[]): Row => {
  const of = (key: 'opsPerSecond' | 'p50ms' | 'p99ms' | 'cpuMicroseconds'): number => median(rows.map((row) => row[key]));
  return { ...rows[0]!, opsPerSecond: of('opsPerSecond'), p50ms: of('p50ms'), p99ms: of('p99ms'), cpuMicroseconds: of('cpuMicroseconds') };
};

/**
 * Ratios are taken within a round, since a machine's speed changes from minute to minute, and then their median. `yardsticks`: by
 * contender, which one is its bare loop; undefined for a bare loop.
 */
export const compare = (rounds: readonly Round[], yardsticks: readonly (number | undefined)[]): readonly Comparison[] => {
  const several = yardsticks.filter((each) => each !== undefined).length > 1;
  return yardsticks.map((yardstick, mine) => {
    const to = (other: number, key: 'opsPerSecond' | 'p50ms'): number => median(rounds.map((rows) => rows[mine]![key] / rows[other]![key]));
    return {
      ...medianRow(rounds.map((rows) => rows[mine]!)),
      rounds: rounds.length,
      ...(yardstick !== undefined && { throughputRatio: to(yardstick, 'opsPerSecond'), p50Ratio: to(yardstick, 'p50ms') }),
      ...(yardstick !== undefined && several && { toFirst: to(0, 'opsPerSecond') }),
    };
  });
};

const COLUMNS = ['clients', 'name', 'protocol', 'over', 'ops/s', 'p50 ms', 'p99 ms', 'CPU µs/op', 'throughput', 'p50', 'to first'] as const;
/** Those of words. */
const LEFT = [1, 2, 3];

export const tableHead = (): string => line(COLUMNS);

export const tableRows = (rows: readonly Comparison[]): string => rows.map((row) => line(cells(row))).join('\n');

export const jsonRows = (rows: readonly Comparison[]): string => rows.map((row) => JSON.stringify(rounded(row))).join('\n');

const times = (ratio: number | undefined): string => (ratio === undefined ? '' : `×${ratio.toFixed(2)}`);

const cells = (row: Comparison): string[] => [
  String(row.clients),
  row.name,
  row.protocol ?? '',
  `${row.transport} ${row.storage}`,
  row.opsPerSecond.toFixed(0),
  row.p50ms.toFixed(2),
  row.p99ms.toFixed(2),
  row.cpuMicroseconds.toFixed(1),
  times(row.throughputRatio),
  times(row.p50Ratio),
  times(row.toFirst),
];

const line = (columns: readonly string[]): string =>
  columns
    .map((cell, i) => (LEFT.includes(i) ? cell.padEnd(12) : cell.padStart(10)))
    .join(' ')
    .trimEnd();

const rounded = (row: Comparison): object =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      typeof value === 'number' ? Number(value.toFixed(key === 'opsPerSecond' ? 0 : 3)) : value,
    ]),
  );
