/** Bytes of entries that go into one message, or are told at a time. */
export const PIECE_BYTES = 64 * 1024;

/** Slots above what a learner has executed whose votes it counts; what it misses it asks for. */
export const MOST_COUNTED = 8192;
