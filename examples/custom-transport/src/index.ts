export type { TcpLimits, TcpOptions } from './options.js';
export { tcpTransport } from './part.js';
export { type TcpSockets, TcpTransport } from './tcp-transport.js';
