import { oneShotClient } from './cluster/node-info.js';
import { endWith, readOptions, UsageError, wholeNumberFrom } from './program.js';

const HELP = `Sends one command to the store and prints the reply: a small redis-cli, for machines without one.

  node examples/kv/dist/cli.js [-h HOST] [-p PORT] COMMAND [WORD…]

  -h, --host HOST  127.0.0.1 unless given
  -p, --port PORT  7001 unless given
  --help           this text
`;

const show = (reply: unknown, indent = ''): string => {
  if (reply === null) return '(nil)';
  if (typeof reply === 'number') return `(integer) ${reply}`;
  if (!Array.isArray(reply)) return String(reply);
  if (reply.length === 0) return '(empty array)';
  return reply.map((each, i) => `${i === 0 ? '' : indent}${i + 1}) ${show(each, `${indent}   `)}`).join('\n');
};

const send = async (host: string, port: number, words: readonly string[]): Promise<void> => {
  const [command, ...rest] = words;
  if (command === undefined) throw new UsageError('found no command; allowed is one, such as GET greeting; --help tells more');
  const redis = oneShotClient({ host, port });
  await redis.connect().catch(() => {
    throw new Error(`nobody answers at ${host}:${port}; npm start starts a store`);
  });
  try {
    console.log(show(await redis.call(command, ...rest)));
  } finally {
    redis.disconnect();
  }
};

try {
  const { values, words } = readOptions({
    host: { type: 'string', short: 'h', default: '127.0.0.1' },
    port: { type: 'string', short: 'p', default: '7001' },
    help: { type: 'boolean', default: false },
  });
  if (values.help) console.log(HELP);
  else await send(values.host, wholeNumberFrom('port', values.port, 1, 65_535), words);
} catch (error) {
  endWith(error);
}
