import { mutantOf, plant } from './mutate.js';
import type { CampaignOptions } from './options.js';

/** One mutant, in a process of its own: prints which invariant caught it, and after how many histories. */
const { mutant, ...campaign } = JSON.parse(process.argv[2] as string) as Pick<
  CampaignOptions,
  'protocol' | 'sizes' | 'seed' | 'runs' | 'duration'
> & { readonly mutant: string };

plant(mutantOf(mutant));
const { hunt } = await import('./hunting.js');
console.log(JSON.stringify(hunt(campaign)));
