import { onStage } from '@synod/example-processes';
import { DEPLOYMENTS } from './deployments.js';
import { describe } from './describe.js';
import { play } from './play.js';

const width = Math.max(...Object.keys(DEPLOYMENTS).map((name) => name.length));
const HELP = `Runs a deployment, each node a process over ZeroMQ with its data in files, and kills what it may lose.

  node examples/topologies/dist/main.js DEPLOYMENT

${Object.entries(DEPLOYMENTS)
  .map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`)
  .join('\n')}

Its nodes listen on free ports of this machine, and keep their data in the system's temporary directory. It ends by itself, in some ten
seconds.
`;

/** ms. */
const LIMIT = 120_000;

const args = process.argv.slice(2);
const [name = '--help'] = args;
const deployment = Object.hasOwn(DEPLOYMENTS, name) ? DEPLOYMENTS[name] : undefined;
if (args.includes('--help') || args.includes('-h') || args.length === 0) console.log(HELP);
else if (deployment === undefined || args.length > 1) {
  console.error(`found ${JSON.stringify(args.join(' '))}; allowed is one of ${Object.keys(DEPLOYMENTS).join(', ')}, or --help`);
  process.exitCode = 2;
} else {
  console.log(describe(name, deployment));
  await onStage(LIMIT, (stage) => play(stage, name, deployment));
}
