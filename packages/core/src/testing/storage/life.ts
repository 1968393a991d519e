import type { LogRecord, Recovered, Storage } from '../../storage/storage.js';
import { bytesOf } from '../bytes.js';
import type { Waiting } from '../waiting.js';
import type { Model } from './model.js';

export const record = (role: string, content: string | Uint8Array): LogRecord => ({
  role,
  bytes: typeof content === 'string' ? bytesOf(content) : content,
});

/** Hands a checkpoint over piece by piece. */
function* oneByOne(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  yield* pieces;
}

/** An open storage, and the model that it is held to. */
export class Life {
  constructor(
    readonly storage: Storage,
    readonly recovered: Recovered,
    readonly model: Model,
    readonly waiting: Waiting,
  ) {}

  async append(...records: readonly LogRecord[]): Promise<void> {
    const acknowledged = this.model.append(records);
    await this.waiting.end('append completes', () => this.storage.append(records));
    acknowledged();
  }

  async checkpoint(role: string, covers: number, ...pieces: readonly (string | Uint8Array)[]): Promise<void> {
    const state = pieces.map((piece) => (typeof piece === 'string' ? bytesOf(piece) : piece));
    const acknowledged = this.model.checkpoint(role, covers, state);
    await this.waiting.end('checkpoint completes', () => this.storage.checkpoint(role, covers, oneByOne(state)));
    acknowledged();
  }

  async refuses(call: 'append' | 'checkpoint', when: string): Promise<void> {
    const { storage, model, waiting } = this;
    const rule = `${call} fails ${when}`;
    if (call === 'append') {
      const records = [record('g/acceptor', 'too late'), record('x/acceptor', 'too late')];
      model.append(records);
      await waiting.failure(rule, () => storage.append(records));
    } else {
      const state = [bytesOf('too late')];
      model.checkpoint('g/learner', model.position, state);
      await waiting.failure(rule, () => storage.checkpoint('g/learner', model.position, state));
    }
  }

  async refusesAll(when: string): Promise<void> {
    await this.refuses('append', when);
    await this.refuses('checkpoint', when);
  }
}
