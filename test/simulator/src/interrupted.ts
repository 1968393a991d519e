/** What a program ends with that was told to stop by Ctrl-C. */
export const INTERRUPTED = 130;
