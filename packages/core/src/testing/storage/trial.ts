import type { Storage, StorageIdentity } from '../../storage/storage.js';
import type { TestRunner } from '../runner.js';
import type { StoragePlace, StorageUnderTest } from '../storage-under-test.js';
import { PATIENCE, turn, Waiting } from '../waiting.js';
import { Life, record } from './life.js';
import { type Acknowledged, Model } from './model.js';

/** At how many moments of one operation it is asked what a crash would leave. */
const MOST_CRASHES = 40;

export const IDENTITY = { cluster: 'conformance', node: 'a' };

/** One case: a place for data, and the storages that live there one after another. */
export class Trial {
  readonly waiting: Waiting;
  /** What is open. */
  #storage: Storage | undefined;
  #lives = 0;

  constructor(
    readonly place: StoragePlace,
    patience: number,
    private model = new Model(),
  ) {
    this.waiting = new Waiting(patience);
  }

  identity(): StorageIdentity {
    return { ...IDENTITY, newGeneration: `generation ${++this.#lives}` };
  }

  /** A new life, after the last was closed: it finds what the model says. `least` may be found at least. */
  async open(least?: Acknowledged): Promise<Life> {
    const storage = this.place.storage();
    const recovered = await this.waiting.end('open completes', () => storage.open(this.identity()));
    this.#storage = storage;
    this.model = this.model.check(recovered, least);
    return new Life(storage, recovered, this.model, this.waiting);
  }

  async close(): Promise<void> {
    const storage = this.#storage;
    this.#storage = undefined;
    if (storage) await this.waiting.end('close completes', () => storage.close());
  }

  async reopen(): Promise<Life> {
    await this.close();
    return this.open();
  }

  /** What a crash at any moment of `work` leaves is what a storage may hold that acknowledged what this one had, and can be gone on with. */
  async crashingIn(work: () => Promise<unknown>): Promise<void> {
    const { place } = this;
    const crashed: { readonly image: StoragePlace; readonly model: Model; readonly least: Acknowledged }[] = [];
    const crash = async (): Promise<void> => {
      if (place.crashes === undefined) throw new Error('the subject is durable, and its place has no `crashes`');
      const { model } = this;
      const least = model.acknowledged;
      for (const image of await place.crashes()) crashed.push({ image, model, least });
    };
    let running = true;
    const done = work().finally(() => {
      running = false;
      // At once: what is acknowledged must be there by now.
      return crash();
    });
    // It is waited for below; until then nobody hears of its failure.
    done.catch(() => {});
    for (let i = 0; i < MOST_CRASHES && running; i++) {
      await crash();
      await turn();
    }
    await done;
    let failure: unknown;
    for (const { image, model, least } of crashed) {
      if (failure === undefined)
        await goOn(new Trial(image, this.waiting.patience, model), least).catch((error: unknown) => {
          failure = new Error(`after a crash ${error instanceof Error ? error.message : error}`, { cause: error });
        });
      await image.close();
    }
    if (failure !== undefined) throw failure;
  }

  async end(): Promise<void> {
    await this.close();
    await this.place.close();
  }
}

/** Opens what a crash left, appends to it, and opens it once more: what was found is there for good. */
const goOn = async (trial: Trial, least: Acknowledged): Promise<void> => {
  try {
    const life = await trial.open(least);
    await life.append(record('after/crash', 'it goes on'), record('roles/acceptor', 'it goes on'));
    await trial.reopen();
  } finally {
    await trial.close();
  }
};

/** Registers cases of a storage. */
export class Cases {
  constructor(
    private readonly runner: TestRunner,
    readonly subject: StorageUnderTest,
  ) {}

  /** A case on a place of its own. */
  rule(name: string, body: (trial: Trial) => Promise<void>): void {
    const patience = this.subject.patience ?? PATIENCE;
    this.runner.it(
      name,
      async () => {
        const trial = new Trial(await this.subject.create(), patience);
        let failure: unknown;
        await body(trial).catch((error: unknown) => {
          failure = error ?? new Error('failed');
        });
        await trial.end().catch((error: unknown) => {
          failure ??= error;
        });
        if (failure !== undefined) throw failure;
      },
      // A case waits for several things, one after another; the first that is late ends it.
      10 * patience,
    );
  }
}
