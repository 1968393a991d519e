export { tcpTransports } from './tcp-transports.js';
