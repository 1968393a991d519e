export type { NatsConnection, NatsMessage, NatsSubscription } from './connection.js';
export { NatsTransport } from './nats-transport.js';
export type { NatsConnectionOptions, NatsLimits, NatsOptions, NatsServersOptions } from './options.js';
export { natsTransport } from './part.js';
