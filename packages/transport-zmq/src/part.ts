import { LOGGER, type Logger, NODE_IDENTITY, type NodeIdentity, TRANSPORT } from '@synod/core';
import { ContainerModule } from 'inversify';
import type { ZmqOptions } from './options.js';
import { ZmqTransport } from './zmq-transport.js';

/**
 * The transport over ZeroMQ, as a part of a deployment.
 *
 * A node that the topology lists: `zmqTransport({ bind, peers, door })`, where `door` is for clients and may be left out.
 * A client: `zmqTransport({ doors })`.
 * Both take `curve`, for encryption and a list of who may come in.
 *
 * Wrong options fail with a `ConfigurationError` when the node is created.
 */
export const zmqTransport = (options: ZmqOptions): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(TRANSPORT)
      .toResolvedValue(
        (identity: NodeIdentity, logger: Logger | undefined) => new ZmqTransport(identity, options, logger),
        [NODE_IDENTITY, { serviceIdentifier: LOGGER, optional: true }],
      )
      .inSingletonScope();
  });
