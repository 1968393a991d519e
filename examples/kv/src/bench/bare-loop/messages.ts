/**
 * The bare loop: the least program that replicates durably. It has no ballots, no recovery and no retries, and tells what any
 * program on these sockets and this disk could reach at most: what a protocol costs is said as a ratio to it.
 *
 *     client ─ commands ─▶ leader ─ slot ─▶ 2 followers; all three append and sync, for all that has gathered; with its own and one
 *     follower's, or with both of theirs, the leader executes the slot and answers
 */

/** id, key, value. */
export type Command = readonly [number, string, Uint8Array];

/** To the leader: commands from the client, or the number of a slot that a follower has made durable. */
export type ToLeader = readonly Command[] | number;

/** To a follower. */
export type Slot = readonly [number, readonly Command[]];

/** To the client: the ids of what was executed. */
export type Answers = readonly number[];

export const [LEADER, CLIENT] = [0, 3];
export const FOLLOWERS = [1, 2];
