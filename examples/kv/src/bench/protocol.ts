import type { KvConfig } from '../config.js';
import type { Load, Measured } from './closed-loop.js';

/** What a process of the bench is to be; its first message. */
export type Assignment =
  | { readonly role: 'synod node'; readonly config: KvConfig; readonly id: string }
  | { readonly role: 'synod client'; readonly config: KvConfig; readonly bytes: number }
  | { readonly role: 'bare leader' | 'bare follower' | 'bare client'; readonly bare: BareLoop; readonly id: number };

/** The bare loop's processes: 0 leads, 1 and 2 follow, 3 is the client. */
export interface BareLoop {
  /** Where each receives, by its number. */
  readonly endpoints: readonly string[];
  readonly directory: string;
  readonly sync: 'fdatasync' | 'none';
  readonly bytes: number;
}

export type Request = Assignment | { readonly run: Load } | 'usage';

export type Response = 'ready' | { readonly measured: Measured } | { readonly usage: Usage } | { readonly failed: string };

/** What a process has used since it began. */
export interface Usage {
  readonly cpuMicroseconds: number;
  readonly rssBytes: number;
}
