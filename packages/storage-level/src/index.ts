export { LevelStorage } from './level-storage.js';
export { levelStorage } from './module.js';
export type { LevelStorageOptions } from './options.js';
