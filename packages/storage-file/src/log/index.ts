export { FileStorage, type FileStorageOptions } from './file-storage.js';
export { logStorage } from './module.js';
