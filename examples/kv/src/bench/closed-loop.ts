/** So many clients at a time, each sending its next command when the last is answered. */
export interface Load {
  readonly clients: number;
  readonly seconds: number;
  /** Of a value. */
  readonly bytes: number;
  /** The part of commands that only read: 0 to 1. */
  readonly reads: number;
}

export interface Measured {
  readonly operations: number;
  readonly seconds: number;
  readonly p50ms: number;
  readonly p99ms: number;
}

/** What is measured: one command, done when it is answered. */
export interface Target {
  put(key: string): Promise<unknown>;
  get(key: string): Promise<unknown>;
}

const KEYS = 1_000;

/** Runs a load and times every command. */
export const closedLoop = async (load: Load, { put, get }: Target): Promise<Measured> => {
  const times: number[] = [];
  let sent = 0;
  // Every k-th command reads, spread evenly: no chance in a measurement.
  const reading = (n: number): boolean => Math.floor((n + 1) * load.reads) > Math.floor(n * load.reads);
  const start = performance.now();
  const end = start + load.seconds * 1000;
  const client = async (): Promise<void> => {
    for (let now = performance.now(); now < end; ) {
      const n = sent++;
      const key = `k${n % KEYS}`;
      await (reading(n) ? get(key) : put(key));
      const done = performance.now();
      times.push(done - now);
      now = done;
    }
  };
  await Promise.all(Array.from({ length: load.clients }, client));
  const seconds = (performance.now() - start) / 1000;
  const sorted = Float64Array.from(times).sort();
  const at = (quantile: number): number => sorted[Math.floor((sorted.length - 1) * quantile)] ?? Number.NaN;
  return { operations: times.length, seconds, p50ms: at(0.5), p99ms: at(0.99) };
};
