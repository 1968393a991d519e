import { Redis } from 'ioredis';
import type { ListenAt } from '../server/redis-server.js';

/** What a node tells of itself by INFO. */
export interface NodeInfo {
  readonly node: string;
  readonly leader: string;
  readonly applied: number;
  readonly keys: number;
}

/** A connection that fails instead of trying again: its user decides. */
export const oneShotClient = ({ host, port }: ListenAt): Redis => {
  const redis = new Redis({ host, port, lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0, connectTimeout: 1_000 });
  // Every failure reaches a caller through its command.
  redis.on('error', () => {});
  return redis;
};

/** Undefined if the node does not answer. */
export const askInfo = async (at: ListenAt): Promise<NodeInfo | undefined> => {
  const redis = oneShotClient(at);
  try {
    await redis.connect();
    return parseInfo(await redis.info());
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
};

export const parseInfo = (info: string): NodeInfo => {
  const field = (name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
  return {
    node: field('synod_node'),
    leader: field('synod_leader'),
    applied: Number(field('synod_applied')),
    keys: Number(/^keys=(\d+)/.exec(field('db0'))?.[1] ?? 0),
  };
};
