/** Tells a caller the end of it. */
export interface Settle {
  resolve(value: Uint8Array): void;
  reject(error: Error): void;
}

/** A caller that waits. The client makes it, the learner keeps it and hands it back if its time is up; it never leaves its node. */
export class Call {
  /**
   * `value`: what it proposes, encoded, if anything. `proposerAt`: when a proposer may be asked for a decision; before, only acceptors
   * are. Both times on this node's clock. `proposed`: its value was handed to a proposer.
   */
  constructor(
    readonly value: Uint8Array | undefined,
    readonly proposerAt: number,
    readonly deadline: number,
    readonly settle: Settle,
    public proposed = false,
  ) {}
}
