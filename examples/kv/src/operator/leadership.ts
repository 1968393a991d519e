import type { NodeEvent } from '@synod/core';

/** Who leads, put together from what all nodes tell: the highest ballot counts, whoever tells of it. */
export class Leadership {
  #round = 0;
  #leader = '';

  /** `changed` hears of the first leader, and of every other one. */
  constructor(private readonly changed: (leader: string) => void) {}

  /** Empty before the first. */
  get leader(): string {
    return this.#leader;
  }

  hear({ event, ballot }: NodeEvent): void {
    if (event !== 'leading' && event !== 'following') return;
    const [, round, leader] = /^(\d+)\.(.+)$/.exec(String(ballot)) ?? [];
    if (leader === undefined) return;
    const above = Number(round) - this.#round || (leader > this.#leader ? 1 : -1);
    if (above < 0) return;
    const isOther = leader !== this.#leader;
    this.#round = Number(round);
    this.#leader = leader;
    if (isOther) this.changed(leader);
  }
}
