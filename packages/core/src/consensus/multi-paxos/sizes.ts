/** Entries, votes and snapshots travel in messages that are closed once they hold this much, bytes. */
export const PIECE_BYTES = 256 * 1024;

/** What a message holds besides its last entry, batch or answer, at most: others, headers, names and counts. */
export const ENVELOPE_BYTES = PIECE_BYTES + 64 * 1024;

/** What a link is given at once, about, bytes: of more, much would be dropped on the way. */
export const BURST_BYTES = 4 * 1024 * 1024;
