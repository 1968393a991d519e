import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeEndpoints } from '../transport-zmq/support.js';

type Endpoints = Readonly<Record<'a' | 'b' | 'c', string>>;

/** Where the nodes of a page's deployment are in a test. */
export interface Places {
  readonly peers: Endpoints;
  readonly doors: Endpoints;
  /** Of node a. */
  readonly directory: string;
  remove(): Promise<void>;
}

export const places = async (): Promise<Places> => {
  const [a, b, c, ...doors] = (await freeEndpoints(6)) as [string, string, string, string, string, string];
  const directory = await mkdtemp(join(tmpdir(), 'synod-page-'));
  return {
    peers: { a, b, c },
    doors: { a: doors[0], b: doors[1], c: doors[2] },
    directory,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
};
