import { allFaults, rough, simulate } from '@synod/core/simulation';
import { countsAnswers, keepsNothing } from './planted.js';
import { atomicRegisterOn } from './subject.js';

const NODES = ['a', 'b', 'c'];
const hostile = { duration: 4000, faults: allFaults, network: rough };

const seen: Record<string, number> = {};
for (let seed = 1; seed <= 10; seed++) {
  // Between two histories the event loop gets a turn: until then V8 keeps the worlds of all.
  await new Promise(setImmediate);
  const { verdict, operations, hash, coverage } = simulate({ seed, ...atomicRegisterOn(NODES), ...hostile });
  console.log(`seed ${seed}: ${verdict.verdict}, ${operations.length} operations, trace ${hash}`);
  for (const [kind, times] of Object.entries(coverage)) seen[kind] = (seen[kind] ?? 0) + times;
  if (verdict.verdict === 'passed') continue;
  console.error(verdict);
  process.exitCode = 1;
}
for (const [kind, times] of Object.entries(seen)) console.log(`${kind}: ${times} times`);

// Each bug is noticed within a few histories, or the invariant proves nothing.
for (const [name, bug] of Object.entries({ countsAnswers, keepsNothing })) {
  let caught: string | undefined;
  for (let seed = 1; caught === undefined && seed <= 50; seed++) {
    await new Promise(setImmediate);
    const { verdict } = simulate({ seed, ...atomicRegisterOn(NODES, bug), ...hostile });
    if (verdict.verdict === 'violated') caught = verdict.what;
  }
  console.log(`${name}: ${caught ?? 'not caught'}`);
  if (caught === undefined) process.exitCode = 1;
}
