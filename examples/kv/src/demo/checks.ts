import { setTimeout as sleep } from 'node:timers/promises';
import { oneShotClient, parseInfo } from '../cluster/node-info.js';
import type { ListenAt } from '../server/redis-server.js';
import type { Journal } from './journal.js';

/** One thing that must hold, and what was found. */
export interface Check {
  readonly what: string;
  readonly ok: boolean;
  readonly found: string;
}

const PAGE = 500;

/** Every acknowledged write is there, read through another node than most were written to. */
export const nothingLost = async (journal: Journal, door: ListenAt): Promise<Check> => {
  const redis = oneShotClient(door);
  await redis.connect();
  const missing: string[] = [];
  for (let i = 0; i < journal.keys.length; i += PAGE) {
    const keys = journal.keys.slice(i, i + PAGE);
    const values = await redis.mget(keys);
    missing.push(...keys.filter((key, n) => values[n] !== key));
  }
  redis.disconnect();
  const found =
    missing.length === 0 ? `${journal.keys.length} of ${journal.keys.length}` : `${missing.length} missing, such as ${missing[0]}`;
  return { what: 'every acknowledged write is there', ok: missing.length === 0, found };
};

/** Each write counted once: acknowledged ones for certain, unknown ones perhaps. */
export const nothingTwice = async (journal: Journal, door: ListenAt): Promise<Check> => {
  const redis = oneShotClient(door);
  await redis.connect();
  const count = Number(await redis.get('count'));
  redis.disconnect();
  const least = journal.keys.length;
  const most = least + journal.unknownKeys.length;
  return { what: 'no write happened twice', ok: count >= least && count <= most, found: `${count}, between ${least} and ${most}` };
};

/** Every replica holds the same: its own digest, asked at its own door, once all have executed as much. */
export const allTheSame = async (doors: readonly ListenAt[], patience: number): Promise<Check> => {
  const what = 'all replicas hold the same state';
  const end = performance.now() + patience;
  let told = '';
  while (performance.now() < end) {
    const states = await Promise.all(doors.map(stateOf));
    told = states.join(' | ');
    if (new Set(states).size === 1) return { what, ok: true, found: states[0]! };
    await sleep(50);
  }
  return { what, ok: false, found: told };
};

const stateOf = async (door: ListenAt): Promise<string> => {
  const redis = oneShotClient(door);
  try {
    await redis.connect();
    const digest = await redis.call('DEBUG', 'DIGEST');
    const { keys } = parseInfo(await redis.info());
    return `${digest}, ${keys} keys`;
  } catch (error) {
    return (error as Error).message;
  } finally {
    redis.disconnect();
  }
};
