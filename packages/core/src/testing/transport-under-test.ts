import type { Transport, TransportCapabilities } from '../transport/transport.js';

/** Among whom the transports of one case run. */
export interface TransportSetting {
  /** The name of the deployment. */
  readonly cluster: string;
  /** The nodes that the topology lists. */
  readonly nodes: readonly string[];
  /** Others that may come, without a port. Empty unless the subject's `capabilities.clients`. */
  readonly clients: readonly string[];
}

/** What joins the nodes of one case, and nobody else. */
export interface TransportNetwork {
  /**
   * The transport of one life of this node, as a process that starts now would make it: not started. The suite may ask for the same
   * node again, also while an earlier life runs. `cluster` is given for a node that believes to be in another deployment, and comes
   * to this one's addresses.
   */
  transport(node: string, cluster?: string): Transport;
  /**
   * Puts in the place of a listed node, which is not started, somebody whom the others can connect to and who takes nothing: a
   * process that stands still. Resolves when it is in place, with what ends it; then the node may be started.
   */
  stall(node: string): Promise<() => Promise<void>>;
  /**
   * Sends to where a started node listens what no transport of this kind sends (noise, halves of frames, frames over the limit), in
   * every way that a stranger can. Resolves when it is sent. Left out where no stranger can reach it.
   */
  intrude?(node: string): Promise<void>;
  /** Frees what `create` took. The suite has stopped every transport before. */
  close(): Promise<void>;
}

/** A kind of transport on trial. Its frames hold at least 512 KiB, so that a deployment can run over it. */
export interface TransportUnderTest {
  readonly name: string;
  /** What its transports say of themselves in their `capabilities`: cases that do not apply are not registered. */
  readonly capabilities: Pick<TransportCapabilities, 'clients' | 'tellsPeers'>;
  /** Strangers can reach a node: its networks have `intrude`. */
  readonly strangers?: boolean;
  /** ms that a case waits for anything at most. 20,000 unless said, far more than a busy machine needs. */
  readonly patience?: number;
  /** A network of its own for one case. */
  create(setting: TransportSetting): Promise<TransportNetwork>;
}
