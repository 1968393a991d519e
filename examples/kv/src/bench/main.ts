import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endWith, onlyOptions } from '../program.js';
import { Contender } from './contender.js';
import { type BenchOptions, HELP, OPTIONS, parseBenchOptions } from './options.js';
import { compare, jsonRows, type Pair, tableHead, tableRows } from './report.js';

const run = async (options: BenchOptions): Promise<void> => {
  const { clients, seconds, warmup, pairs, json, ...setting } = options;
  mkdirSync(resolve(setting.directory), { recursive: true });
  const directory = mkdtempSync(join(resolve(setting.directory), 'bench-'));
  const contenders: Contender[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(contenders.map((contender) => contender.stop()));
    rmSync(directory, { recursive: true, force: true });
  };
  process.on('SIGINT', () => void stop().finally(() => process.exit(130)));
  try {
    contenders.push(await Contender.synod({ ...setting, directory }));
    contenders.push(await Contender.bareLoop({ ...setting, directory }));
    const [synod, bare] = contenders as [Contender, Contender];
    if (!json) console.log(`warming up for ${warmup} s each`);
    const warm = { clients: Math.max(...clients), bytes: setting.bytes, reads: setting.reads, seconds: warmup };
    for (const contender of contenders) await contender.run(warm);
    if (!json) console.log(tableHead());
    for (const count of clients) {
      const load = { clients: count, seconds, bytes: setting.bytes, reads: setting.reads };
      for (const contender of contenders) await contender.run({ ...load, seconds: Math.min(1, seconds) });
      const measured: Pair[] = [];
      while (measured.length < pairs) measured.push({ synod: await synod.run(load), bare: await bare.run(load) });
      console.log((json ? jsonRows : tableRows)(compare(measured)));
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
