/** One measurement. */
export interface Row {
  readonly name: string;
  readonly transport: string;
  readonly storage: string;
  readonly clients: number;
  readonly opsPerSecond: number;
  readonly p50ms: number;
  readonly p99ms: number;
  /** Over all four processes, per command. */
  readonly cpuMicroseconds: number;
}

/** A measurement and the bare loop's right after it. */
export interface Pair {
  readonly synod: Row;
  readonly bare: Row;
}

/** The pairs of one load, and how Synod compares in their median. */
export interface Comparison extends Pair {
  readonly throughputRatio: number;
  readonly p50Ratio: number;
  readonly pairs: number;
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

/** Ratios are taken within a pair, since a machine's speed changes from minute to minute, and then their median. */
export const compare = (pairs: readonly Pair[]): Comparison => ({
  synod: medianRow(pairs.map(({ synod }) => synod)),
  bare: medianRow(pairs.map(({ bare }) => bare)),
  throughputRatio: median(pairs.map(({ synod, bare }) => synod.opsPerSecond / bare.opsPerSecond)),
  p50Ratio: median(pairs.map(({ synod, bare }) => synod.p50ms / bare.p50ms)),
  pairs: pairs.length,
});

const COLUMNS = ['clients', 'name', 'ops/s', 'p50 ms', 'p99 ms', 'CPU µs/op', 'throughput', 'p50'] as const;

export const tableHead = (): string => line(COLUMNS);

export const tableRows = ({ synod, bare, throughputRatio, p50Ratio }: Comparison): string =>
  [line([...cells(synod), `×${throughputRatio.toFixed(2)}`, `×${p50Ratio.toFixed(2)}`]), line([...cells(bare), '', ''])].join('\n');

export const jsonRows = ({ synod, bare, throughputRatio, p50Ratio, pairs }: Comparison): string =>
  [
    { ...rounded(synod), throughputRatio: round(throughputRatio), p50Ratio: round(p50Ratio), pairs },
    { ...rounded(bare), pairs },
  ]
    .map((row) => JSON.stringify(row))
    .join('\n');

const cells = ({ clients, name, opsPerSecond, p50ms, p99ms, cpuMicroseconds }: Row): string[] => [
  String(clients),
  name,
  opsPerSecond.toFixed(0),
  p50ms.toFixed(2),
  p99ms.toFixed(2),
  cpuMicroseconds.toFixed(1),
];

const line = (columns: readonly string[]): string =>
  columns
    .map((cell, i) => (i === 1 ? cell.padEnd(10) : cell.padStart(10)))
    .join(' ')
    .trimEnd();

const round = (value: number): number => Number(value.toFixed(3));

const rounded = (row: Row): Row => ({
  ...row,
  opsPerSecond: Math.round(row.opsPerSecond),
  p50ms: round(row.p50ms),
  p99ms: round(row.p99ms),
  cpuMicroseconds: round(row.cpuMicroseconds),
});
