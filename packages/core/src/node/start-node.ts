import type { ContainerModule } from 'inversify';
import { lastValueFrom } from 'rxjs';
import { createNode, type NodeOptions } from './create-node.js';
import type { RunningNode } from './node.js';

/**
 * Composes a node of its parts and starts it. Rejects with `ConfigurationError` if the parts do not fit, with `StorageError` if
 * the data is not this node's, or with what the transport said; then nothing is left open.
 */
export const startNode = async (options: NodeOptions, ...parts: ContainerModule[]): Promise<RunningNode> => {
  const node = createNode(options, ...parts);
  await lastValueFrom(node.start$(), { defaultValue: undefined });
  return Object.assign(node, { stop: (): Promise<void> => lastValueFrom(node.stop$(), { defaultValue: undefined }) });
};
