import type { KvConfig, ProtocolName, StorageName } from '../config.js';
import type { BareLoop } from './bare-loop/index.js';
import type { Load, Measured } from './closed-loop.js';

/** What a process of the bench is to be; its first message. */
export type Assignment =
  | { readonly role: 'synod node'; readonly config: KvConfig; readonly id: string }
  | { readonly role: 'synod client'; readonly config: KvConfig; readonly bytes: number }
  | {
      readonly role: 'synod in one process';
      readonly protocol: ProtocolName;
      readonly storage: StorageName;
      readonly directory: string;
      readonly bytes: number;
    }
  | { readonly role: 'bare process'; readonly bare: BareLoop; readonly id: number }
  | { readonly role: 'bare loop in one process'; readonly bare: BareLoop };

export type Request = Assignment | { readonly run: Load } | 'usage';

export type Response = 'ready' | { readonly measured: Measured } | { readonly usage: Usage } | { readonly failed: string };

/** What a process has used since it began. */
export interface Usage {
  readonly cpuMicroseconds: number;
  readonly rssBytes: number;
}
