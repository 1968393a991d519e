import type { Mutant } from './mutant.js';

/*
 * No mutants, since no rule breaks without them, or no history comes there:
 * - What a halted ActorSystem refuses: a simulated life ends in the instant in which its node fails.
 * - Sends to oneself that wait for nothing, turns that end early, bounds of the queue: they save time and memory.
 * - Which old records a checkpoint covers in a life without new ones: read again over it, they change nothing. It saves disk.
 * - A checkpoint that fails: the storage takes nothing more after it, so the node stops at its next record.
 */

const file = 'packages/core/src/actor/gate.ts';

export const gateMutants: readonly Mutant[] = [
  {
    name: 'sent-before-durable',
    file,
    find: 'if (batch === undefined || batch.durable)\n            this.release(envelope);',
    replace: 'if (true)\n            this.release(envelope);',
    breaks: 'what is sent waits for what was persisted before it',
  },
  {
    name: 'released-when-begun',
    file,
    find: 'this.#inFlight = batch;',
    replace: 'this.#inFlight = batch;\n            for (const envelope of batch.sends.splice(0))\n                this.release(envelope);',
    breaks: 'a batch is durable when the append has ended',
  },
  {
    name: 'failed-append-taken-for-durable',
    file,
    find: "error: (error) => this.fail(storageFailure('append to', error)),",
    replace: 'error: () => this.#durable(batch),',
    breaks: 'a node whose storage failed acknowledges nothing more',
  },
  {
    name: 'two-appends-at-once',
    file,
    find: 'while (this.#inFlight === undefined && this.#gathering.records.length > 0) {',
    replace: 'while (this.#gathering.records.length > 0) {',
    breaks: 'an append begins when the one before it is durable',
  },
  {
    name: 'checkpoint-before-its-records',
    file,
    find: 'if (batch === undefined || batch.durable)\n            this.#write(checkpoint);',
    replace: 'if (true)\n            this.#write(checkpoint);',
    breaks: 'a checkpoint covers only what is durable',
  },
  {
    name: 'checkpoint-of-all-that-gathers',
    file,
    find: 'covers: owner.batch === undefined ? this.#start : owner.end',
    replace: 'covers: this.#position',
    breaks: 'a checkpoint covers only what is durable',
  },
  {
    name: 'two-checkpoints-of-a-role',
    file,
    find: 'owner.checkpointing = false;',
    replace: '',
    breaks: 'a role may begin a checkpoint when its last one is durable',
  },
];
