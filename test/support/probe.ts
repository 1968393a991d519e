import type { Transport, TransportStatus } from '@synod/core';
import { firstValueFrom, from, lastValueFrom, type Observable, ReplaySubject, take, timeout, toArray } from 'rxjs';
import { defaultIfEmpty, filter, map } from 'rxjs/operators';
import { onTestFinished } from 'vitest';

/** ms. No wait of a test is longer; far more than a busy machine needs. */
export const PATIENCE = 20_000;

/** A transport whose frames and statuses are kept from the start, and which the test's end stops. */
export interface Probe<T extends Transport = Transport> {
  readonly transport: T;
  readonly frames$: Observable<Uint8Array>;
  readonly status$: Observable<TransportStatus>;
}

export const probing = <T extends Transport>(transport: T): Probe<T> => {
  const frames$ = new ReplaySubject<Uint8Array>();
  const status$ = new ReplaySubject<TransportStatus>();
  transport.inbound$.subscribe(frames$);
  transport.status$.subscribe(status$);
  onTestFinished(async () => {
    await lastValueFrom(from(transport.stop()).pipe(defaultIfEmpty(undefined)));
  });
  return { transport, frames$, status$ };
};

/** The first frames, once there are `count`. */
export const frames = (from: Probe, count = 1): Promise<Uint8Array[]> =>
  firstValueFrom(from.frames$.pipe(take(count), toArray(), timeout(PATIENCE)));

export const texts = async (from: Probe, count = 1): Promise<string[]> =>
  (await frames(from, count)).map((frame) => Buffer.from(frame).toString());

/** The next frame that says `text`. */
export const heard = (from: Probe, text: string): Promise<Uint8Array> =>
  firstValueFrom(
    from.frames$.pipe(
      filter((frame) => Buffer.from(frame).toString() === text),
      timeout(PATIENCE),
    ),
  );

type Status<S extends TransportStatus['status'], T = TransportStatus> = T extends { readonly status: infer U }
  ? S extends U
    ? T
    : never
  : never;

/** The first such status, also if it was before. */
export const told = <S extends TransportStatus['status']>(
  from: Probe,
  status: S,
  which: (status: Status<S>) => boolean = () => true,
): Promise<Status<S>> =>
  firstValueFrom(
    from.status$.pipe(
      filter((event) => event.status === status),
      map((event) => event as Status<S>),
      filter(which),
      timeout(PATIENCE),
    ),
  );

export const connected = (from: Probe, node: string) => told(from, 'connected', (event) => event.node === node);

/** Sends again and again, a little apart, until `done`: what a protocol does. */
export const insist = async <T>(send: () => void, done: Promise<T>): Promise<T> => {
  const timer = setInterval(send, 10);
  try {
    send();
    return await done;
  } finally {
    clearInterval(timer);
  }
};

export const bytes = (text: string): Uint8Array => Buffer.from(text);

/** Fails if it takes longer than `ms`. */
export const within = async <T>(ms: number, what: Promise<T>): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([what, late]);
  } finally {
    clearTimeout(timer);
  }
};
