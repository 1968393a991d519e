export { FileStorage, type FileStorageOptions } from './file-storage.js';
export { type FileStoragePlace, fileStorage } from './module.js';
export { NodeDisk } from './node-disk.js';
