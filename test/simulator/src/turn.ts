/**
 * Gives the event loop its turn, as histories of virtual time never do. Whatever a weak reference was asked for, as containers do,
 * V8 keeps until then: without, the worlds of all histories that there were.
 */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
