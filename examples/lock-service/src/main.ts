import { onStage } from '@synod/example-processes';
import { Story } from './story.js';

const HELP = `One writer at a time: three nodes keep a lock, two workers want it, and everybody dies or stands still at the wrong moment.

  node examples/lock-service/dist/main.js

It takes no options. Nodes and workers are processes of their own, which listen on free ports of this machine and keep their data in
the system's temporary directory. It ends by itself, in some ten seconds: with 0 if no late write came through.
`;

/** ms. */
const LIMIT = 120_000;

const [first] = process.argv.slice(2);
if (first === '--help' || first === '-h') console.log(HELP);
else if (first !== undefined) {
  console.error(`found ${JSON.stringify(first)}; allowed is --help`);
  process.exitCode = 2;
} else await onStage(LIMIT, async (stage) => (await Story.begin(stage)).play());
