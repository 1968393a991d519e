import type { GroupStatus, NodeStatus } from '@synod/core';
import type { Reply } from '../store/reply.js';

export interface InfoSource {
  readonly status: NodeStatus;
  readonly group: string;
  /** What `Backend.refusal` says. */
  readonly refusal: string | undefined;
  /** What DEBUG KEYSPACE answered, if the replica could be asked. */
  readonly keyspace: Reply;
  readonly port: number;
  readonly connections: number;
  readonly startedAt: number;
  readonly now: number;
}

/** INFO's sections, in the format that tools for Redis read. Every node takes writes, so each is `role:master` to them. */
export const infoText = (source: InfoSource, wanted: readonly string[]): string => {
  const { status, group, keyspace } = source;
  const inGroup: GroupStatus = status.groups[group] ?? { roles: [] };
  const { leader, ballot, fast, chosen, applied, roles } = inGroup;
  const obstacle = obstacleToVoting(inGroup, source.refusal);
  const uptime = Math.floor((source.now - source.startedAt) / 1000);
  const memory = process.memoryUsage();
  const sections: Record<string, Record<string, unknown>> = {
    Server: {
      redis_version: '7.2.0',
      redis_mode: 'standalone',
      server_name: 'synod-kv',
      process_id: process.pid,
      tcp_port: source.port,
      uptime_in_seconds: uptime,
      uptime_in_days: Math.floor(uptime / 86_400),
    },
    Clients: { connected_clients: source.connections },
    Memory: { used_memory: memory.heapUsed + memory.external, used_memory_rss: memory.rss },
    Persistence: { loading: 0 },
    Replication: { role: 'master', connected_slaves: 0 },
    Synod: {
      synod_node: status.node,
      synod_state: status.state,
      synod_role: leader === undefined ? 'unknown' : leader === status.node ? 'leader' : 'follower',
      synod_leader: leader ?? '',
      synod_ballot: ballot ?? '',
      synod_fast: fast === undefined ? '' : fast === true ? 'yes' : 'no',
      synod_roles: roles.join(','),
      synod_may_vote: obstacle === undefined ? 'yes' : 'no',
      synod_may_not_vote_because: obstacle ?? '',
      synod_chosen: chosen ?? 0,
      synod_applied: applied ?? 0,
      synod_queue: status.queue,
      synod_unsynced: status.unsynced,
      synod_lag_ms: Math.round(status.lag),
      synod_peers: Object.entries(status.peers)
        .map(([peer, state]) => `${peer}=${state}`)
        .join(','),
    },
    Keyspace: keyspaceLine(keyspace),
  };
  const asked = wanted.map((word) => word.toLowerCase()).filter((word) => !/^(all|default|everything)$/.test(word));
  return Object.entries(sections)
    .filter(([name]) => asked.length === 0 || asked.includes(name.toLowerCase()))
    .map(([name, fields]) => `# ${name}\r\n${lines(fields)}`)
    .join('\r\n');
};

/** Why the node has no say in what is chosen; undefined if it has. */
const obstacleToVoting = ({ roles, formed, admitted }: GroupStatus, refusal: string | undefined): string | undefined => {
  if (!roles.includes('acceptor')) return 'it has no acceptor';
  if (admitted === true) return undefined;
  if (formed === true) return 'it has started, and no majority of the acceptors knows of that yet';
  return refusal ?? 'not formed yet: it has not heard from every acceptor';
};

const lines = (fields: Record<string, unknown>): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key}:${value}\r\n`)
    .join('');

const keyspaceLine = (keyspace: Reply): Record<string, unknown> => {
  const [keys, expiring] = Array.isArray(keyspace) ? keyspace : [];
  return typeof keys === 'number' && keys > 0 ? { db0: `keys=${keys},expires=${expiring},avg_ttl=0` } : {};
};
