import { endWith } from '@synod/example-kv/program';
import { mutantOf, plant } from './mutate.js';
import { HELP, readOptionsOf } from './options.js';
import { readSaved } from './saved.js';

try {
  const options = readOptionsOf();
  if (options.help) console.log(HELP);
  else {
    const saved = options.replay === undefined ? undefined : readSaved(options.replay);
    const mutant = options.mutant ?? saved?.mutant;
    if (mutant !== undefined && mutant !== 'all') plant(mutantOf(mutant));
    // Only now: a bug must be planted before the code that it is in is loaded.
    const { run } = await import('./run.js');
    process.exitCode = await run(options, saved);
  }
} catch (error) {
  endWith(error);
}
