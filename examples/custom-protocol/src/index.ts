export type { AtomicRegisterClient, CallOptions } from './client.js';
export type { AtomicRegisterOptions } from './options.js';
export { atomicRegister } from './protocol.js';
