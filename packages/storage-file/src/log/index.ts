export { FileStorage } from './file-storage.js';
export { logStorage } from './module.js';
export type { FileStorageOptions } from './options.js';
