export { newCurveKeys, type ZmqCurve, type ZmqServerCurve } from './curve.js';
export type { ZmqClientOptions, ZmqLimits, ZmqOptions, ZmqServerOptions } from './options.js';
export { zmqTransport } from './part.js';
export { type ZmqSockets, ZmqTransport } from './zmq-transport.js';
