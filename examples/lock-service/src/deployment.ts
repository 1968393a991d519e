import { colocated, group, multiPaxos, stateMachine } from '@synod/core';
import { LockTable } from './lock-table.js';

export const NODES = ['a', 'b', 'c'] as const;

export const cluster = colocated(NODES);

export const locks = group(
  'locks',
  multiPaxos(),
  stateMachine(() => new LockTable()),
);
