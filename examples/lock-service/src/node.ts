import { createNode } from '@synod/core';
import { serve, settingsOf } from '@synod/example-processes';
import { fileStorage } from '@synod/storage-file';
import { zmqTransport } from '@synod/transport-zmq';
import { cluster, locks } from './deployment.js';

/** What a node process is told at its start. */
export interface NodeSettings {
  readonly self: string;
  readonly peers: Readonly<Record<string, string>>;
  /** Where workers come in. */
  readonly door: string;
  readonly directory: string;
}

const { self, peers, door, directory } = settingsOf<NodeSettings>();
serve(createNode({ self, cluster }, zmqTransport({ bind: peers[self] as string, peers, door }), fileStorage({ directory }), locks));
