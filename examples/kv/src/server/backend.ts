import type { NodeStatus, ReplicatedClient } from '@synod/core';
import type { Reply } from '../store/reply.js';
import type { Requests } from '../store/request.js';

export type StoreClient = ReplicatedClient<Requests, readonly Reply[], Requests, readonly Reply[]>;

/** What stands behind the door: the replicated store, as one node sees it. */
export interface Backend {
  readonly client: StoreClient;
  /** The group that the store is, in `status().groups`. */
  readonly group: string;
  status(): NodeStatus;
  /** Why the other nodes do not let this one vote, if they have said so. */
  refusal(): string | undefined;
}
