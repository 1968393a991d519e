/**
 * Bounds that every replica must agree on, because they decide what a command does. To change one is to change the state machine:
 * all nodes at once.
 */

/** Bytes of a value, reached by APPEND too. */
export const MAX_VALUE_BYTES = 4 << 20;

/** Bytes after which a batch of requests is answered no further: what is left is not executed, and asked for again. */
export const MAX_REPLY_BYTES = 4 << 20;

/** Bytes of keys after which SCAN's page ends. */
export const MAX_PAGE_BYTES = 1 << 20;

/** Keys that one SCAN looks at, whatever its COUNT says: about 2 ms. */
export const MAX_SCAN_COUNT = 10_000;

/** Keys removed by one `advance`: about 5 ms on a slow machine. A key past its deadline is gone for every command; the rest is sweeping up. */
export const MAX_EXPIRED_AT_ONCE = 1_000;
