import { parseArgs } from 'node:util';
import { oneShotClient } from './cluster/node-info.js';

const HELP = `Sends one command to the store and prints the reply: a small redis-cli, for machines without one.

  node examples/kv/dist/cli.js [-h HOST] [-p PORT] COMMAND [WORD…]

  -h, --host HOST  127.0.0.1 unless given
  -p, --port PORT  7001 unless given
`;

const show = (reply: unknown, indent = ''): string => {
  if (reply === null) return '(nil)';
  if (typeof reply === 'number') return `(integer) ${reply}`;
  if (!Array.isArray(reply)) return String(reply);
  if (reply.length === 0) return '(empty array)';
  return reply.map((each, i) => `${i === 0 ? '' : indent}${i + 1}) ${show(each, `${indent}   `)}`).join('\n');
};

// Options end where the command begins: its own words may look like options.
const args = process.argv.slice(2);
let options = 0;
while (args[options]?.startsWith('-')) options += args[options] === '--help' || args[options]!.includes('=') ? 1 : 2;

try {
  const { values } = parseArgs({
    args: args.slice(0, options),
    options: { host: { type: 'string', short: 'h' }, port: { type: 'string', short: 'p' }, help: { type: 'boolean' } },
  });
  const [command, ...words] = args.slice(options);
  if (values.help || command === undefined) console.log(HELP);
  else {
    const at = { host: values.host ?? '127.0.0.1', port: Number(values.port ?? 7001) };
    const redis = oneShotClient(at);
    await redis.connect().catch(() => {
      throw new Error(`nobody answers at ${at.host}:${at.port}; npm start starts a store`);
    });
    try {
      console.log(show(await redis.call(command, ...words)));
    } finally {
      redis.disconnect();
    }
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
