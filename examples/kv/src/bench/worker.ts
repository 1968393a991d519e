import { bareProcess, bareWhole } from './bare-loop/index.js';
import { closedLoop, type Load, type Target } from './closed-loop.js';
import type { Assignment, Request, Response } from './protocol.js';
import { synodClient, synodNode, synodWhole } from './synod.js';

/** A process of the bench: it is told its role, says `ready`, and then runs loads and tells what it has used. */
const tell = (response: Response): void => {
  process.send?.(response);
};

const failed = (error: unknown): void => tell({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });

let target: Target | undefined;

const begin = async (assignment: Assignment): Promise<void> => {
  switch (assignment.role) {
    case 'synod node':
      return synodNode(assignment.config, assignment.id);
    case 'synod client':
      target = await synodClient(assignment.config, assignment.bytes);
      return;
    case 'synod in one process':
      target = await synodWhole(assignment.protocol, assignment.storage, assignment.directory, assignment.bytes);
      return;
    case 'bare process':
      target = await bareProcess(assignment.bare, assignment.id);
      return;
    case 'bare loop in one process':
      target = await bareWhole(assignment.bare);
  }
};

const run = async (load: Load): Promise<void> => {
  if (target === undefined) throw new Error('this process is no client');
  tell({ measured: await closedLoop(load, target) });
};

process.on('message', (request: Request) => {
  if (request === 'usage') {
    const { user, system } = process.cpuUsage();
    tell({ usage: { cpuMicroseconds: user + system, rssBytes: process.memoryUsage.rss() } });
  } else if ('run' in request) run(request.run).catch(failed);
  else begin(request).then(() => tell('ready'), failed);
});
// The bench is over, however it ended; what these processes hold is in a temporary directory.
process.on('disconnect', () => process.exit(0));
