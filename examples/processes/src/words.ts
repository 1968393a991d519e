import type { Word } from './child.js';

/** What the process was given when it was started. */
export const settingsOf = <Settings>(): Settings => JSON.parse(process.argv[2] ?? 'null') as Settings;

/** To the process that started this one. */
export const tell = <Told extends Word>(word: Told): void => {
  if (process.connected) process.send?.(word, undefined, undefined, () => {});
};
