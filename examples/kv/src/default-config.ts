import { type KvConfig, parseConfig } from './config.js';

/** What `npm start` starts: three nodes on this machine, their data below the directory where it is started. */
export const defaultConfig = (): KvConfig =>
  parseConfig(
    {
      cluster: 'demo',
      transport: 'zmq',
      data: '.synod',
      nodes: ['a', 'b', 'c'].map((id, i) => ({
        id,
        address: `tcp://127.0.0.1:${7101 + i}`,
        redis: `127.0.0.1:${7001 + i}`,
        client: `tcp://127.0.0.1:${7201 + i}`,
      })),
    },
    'the built-in configuration',
    process.cwd(),
  );
