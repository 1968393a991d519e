import { join } from 'node:path';
import type { Target } from '../closed-loop.js';
import { bareClient } from './client.js';
import { CommitLog, type Log, noLog } from './commit-log.js';
import { bareFollower } from './follower.js';
import { bareLeader } from './leader.js';
import { localLinks, socketLinks } from './links.js';
import { FOLLOWERS, LEADER } from './messages.js';

/** The bare loop as it is measured: 0 leads, 1 and 2 follow, 3 is the client. */
export interface BareLoop {
  /** Where each receives, by its number; none if they are one process. */
  readonly endpoints?: readonly string[];
  /** Where each has its log, if it keeps one. */
  readonly directory?: string;
  /** Of a value. */
  readonly bytes: number;
}

const logOf = ({ directory }: BareLoop, id: number): Log =>
  directory === undefined ? noLog : new CommitLog(join(directory, `bare-${id}`));

/** One of its processes. The client is what can be measured. */
export const bareProcess = async (bare: BareLoop, id: number): Promise<Target | undefined> => {
  const links = socketLinks(bare.endpoints ?? []);
  if (id === LEADER) return void (await bareLeader(links, logOf(bare, id)));
  if (FOLLOWERS.includes(id)) return void (await bareFollower(links, logOf(bare, id), id));
  return bareClient(links, bare.bytes);
};

/** All of it in this process. */
export const bareWhole = async (bare: BareLoop): Promise<Target> => {
  const links = localLinks();
  await bareLeader(links, logOf(bare, LEADER));
  for (const id of FOLLOWERS) await bareFollower(links, logOf(bare, id), id);
  return bareClient(links, bare.bytes);
};
