import { NODE_IDENTITY, TRANSPORT } from '@synod/core';
import { ContainerModule } from 'inversify';
import type { TcpOptions } from './options.js';
import { TcpTransport } from './tcp-transport.js';

/**
 * The transport over TCP, as a part of a deployment. A node that the topology lists: `tcpTransport({ listen, peers })`. A client:
 * `tcpTransport({ peers })`. Wrong options fail with a `ConfigurationError` when the node is created.
 */
export const tcpTransport = (options: TcpOptions): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(TRANSPORT)
      .toResolvedValue((identity) => new TcpTransport(identity, options), [NODE_IDENTITY])
      .inSingletonScope();
  });
