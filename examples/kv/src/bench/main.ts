import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { endWith, onlyOptions } from '../program.js';
import { Contender, type Parts, type StoreParts, yardstickOf } from './contender.js';
import { type BenchOptions, HELP, OPTIONS, parseBenchOptions } from './options.js';
import { compare, jsonRows, type Round, tableHead, tableRows } from './report.js';

const textOf = ({ transport, storage }: Parts): string => `${transport}-${storage}`;

const run = async (options: BenchOptions): Promise<void> => {
  const { clients, seconds, warmup, pairs, bytes, reads, protocols, transports, storages, json } = options;
  mkdirSync(resolve(options.directory), { recursive: true });
  const directory = mkdtempSync(join(resolve(options.directory), 'bench-'));
  const contenders: Contender[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(contenders.map((contender) => contender.stop()));
    rmSync(directory, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void stop().finally(() => process.exit(128 + constants.signals[signal])));
  try {
    const deployments = protocols.flatMap((protocol) =>
      transports.flatMap((transport) => storages.map((storage): StoreParts => ({ protocol, transport, storage }))),
    );
    const yardsticks = new Map(deployments.map(yardstickOf).map((parts) => [textOf(parts), parts]));
    for (const parts of deployments)
      contenders.push(await Contender.synod(parts, { directory: join(directory, `${parts.protocol}-${textOf(parts)}`), bytes }));
    for (const [name, parts] of yardsticks)
      contenders.push(await Contender.bareLoop(parts, { directory: join(directory, `bare-${name}`), bytes }));
    if (!json) console.log(`warming up ${contenders.length} contenders for ${warmup} s each`);
    const warm = { clients: Math.max(...clients), bytes, reads, seconds: warmup };
    for (const contender of contenders) await contender.run(warm);
    if (!json) console.log(tableHead());
    for (const count of clients) {
      const load = { clients: count, seconds, bytes, reads };
      for (const contender of contenders) await contender.run({ ...load, seconds: Math.min(1, seconds) });
      const rounds: Round[] = [];
      while (rounds.length < pairs) {
        const rows = [];
        for (const contender of contenders) rows.push(await contender.run(load));
        rounds.push(rows);
      }
      const yardstick = contenders.map(({ name, parts }) => {
        const wanted = textOf(yardstickOf(parts));
        return name === 'synod' ? contenders.findIndex((other) => other.name !== 'synod' && textOf(other.parts) === wanted) : undefined;
      });
      console.log((json ? jsonRows : tableRows)(compare(rounds, yardstick)));
    }
  } finally {
    await stop();
  }
};

try {
  const given = onlyOptions(OPTIONS);
  if (given.help) console.log(HELP);
  else await run(parseBenchOptions(given));
  process.exit(0);
} catch (error) {
  endWith(error);
}
