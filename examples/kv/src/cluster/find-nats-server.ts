import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where packages put it, though not every user's PATH has them. */
const ELSEWHERE = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin'];

export const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Where nats-server is on this machine; undefined if it is not. */
export const findNatsServer = (): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), ...ELSEWHERE].map((directory) => join(directory, 'nats-server')).find(isExecutable);

export const HOW_TO_GET_NATS_SERVER =
  'apt-get install nats-server, brew install nats-server, dnf install nats-server, or a release from https://github.com/nats-io/nats-server/releases put on the PATH';
