export { STORE_COMMANDS } from './commands.js';
export { KeyValueMachine } from './machine.js';
export { Failure, type Reply, Status } from './reply.js';
export type { Call, Request, Requests } from './request.js';
