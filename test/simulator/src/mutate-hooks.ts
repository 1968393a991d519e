import type { InitializeHook, LoadHook } from 'node:module';
import type { Replacement } from './replacement.js';

let replacement: Replacement;

export const initialize: InitializeHook<Replacement> = (data) => {
  replacement = data;
};

/** Changes the one file on its way into the module graph. */
export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (url !== replacement.url) return loaded;
  return { ...loaded, source: String(loaded.source).replace(replacement.find, () => replacement.replace) };
};
