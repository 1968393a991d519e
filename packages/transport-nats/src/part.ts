import { LOGGER, type Logger, NODE_IDENTITY, type NodeIdentity, TRANSPORT } from '@synod/core';
import { ContainerModule } from 'inversify';
import { NatsTransport } from './nats-transport.js';
import type { NatsOptions } from './options.js';

/**
 * The transport over NATS, as a part of a deployment; the same for listed nodes and for clients.
 *
 * `natsTransport({ servers })` connects by itself, `natsTransport({ connection })` uses a connection of the caller's.
 *
 * Wrong options fail with a `ConfigurationError` when the node is created.
 */
export const natsTransport = (options: NatsOptions): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(TRANSPORT)
      .toResolvedValue(
        (identity: NodeIdentity, logger: Logger | undefined) => new NatsTransport(identity, options, logger),
        [NODE_IDENTITY, { serviceIdentifier: LOGGER, optional: true }],
      )
      .inSingletonScope();
  });
