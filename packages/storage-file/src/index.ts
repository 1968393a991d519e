export * from './log/index.js';
export { fileStorage } from './module.js';
export { NodeDisk } from './node-disk.js';
