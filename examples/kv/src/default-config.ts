import { threeNodes } from './cluster/three-nodes.js';
import { type KvConfig, type ProtocolName, parseConfig, type StorageName, type TransportName } from './config.js';

const PORTS = { redis: [7001, 7002, 7003], peers: [7101, 7102, 7103], clients: [7201, 7202, 7203] };

/** What `npm start` starts: three nodes on this machine, their data below the directory where it is started. */
export const defaultConfig = (): KvConfig =>
  parseConfig(
    localDeployment({ protocol: 'multi-paxos', transport: 'zmq', storage: 'file', data: '.synod' }),
    'the built-in configuration',
    process.cwd(),
  );

export interface LocalSetting {
  readonly protocol: ProtocolName;
  readonly transport: TransportName;
  readonly storage: StorageName;
  /** Of NATS. */
  readonly servers?: readonly string[];
  readonly data: string;
}

/** The same over other parts, as a file has it. */
export const localDeployment = ({ protocol, transport, storage, servers, data }: LocalSetting): object => ({
  cluster: 'demo',
  protocol,
  transport,
  ...(servers !== undefined && { servers }),
  storage,
  data,
  nodes: threeNodes(transport, PORTS),
});
