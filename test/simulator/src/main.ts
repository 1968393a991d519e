import { endWith } from '@synod/example-kv/program';
import { mutantOf, plant } from './mutate.js';
import { HELP, readOptionsOf } from './options.js';

try {
  const options = readOptionsOf();
  if (options.help) console.log(HELP);
  else {
    if (options.mutant !== undefined && options.mutant !== 'all') plant(mutantOf(options.mutant));
    // Only now: a bug must be planted before the code that it is in is loaded.
    const { run } = await import('./run.js');
    process.exitCode = await run(options);
  }
} catch (error) {
  endWith(error);
}
