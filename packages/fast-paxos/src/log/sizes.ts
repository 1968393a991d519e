/** Bytes of entries that go into one message, or are told at a time. */
export const PIECE_BYTES = 64 * 1024;
