import { type Logger, SynodError, type TransportStatus } from '@synod/core';
import type { Link, LinkContext } from './link.js';

/** How a node comes to a connection, and stays on one. */
export interface Uplink {
  /** Absent while there is no connection. */
  readonly link: Link | undefined;
  /** Completes when frames can be received, or the transport stops. */
  start(): Promise<void>;
  /** Completes when nothing is left open. */
  stop(): Promise<void>;
}

/** What an uplink is given of its transport. */
export interface UplinkContext extends LinkContext {
  readonly self: string;
  readonly logger: Logger;
  tell(status: TransportStatus): void;
}

/** Every node has an id of its own. Thrown at start. */
export const duplicate = (self: string, link: Link): SynodError =>
  new SynodError(
    'DUPLICATE_NODE',
    `a node ${JSON.stringify(self)} is up already, as the NATS server ${link.connection.getServer()} knows; stop it first, or choose another id`,
  );

/** Throws `SynodError` `MAX_PAYLOAD` if the server does not take the largest frame. */
export const checkPayload = ({ limits }: LinkContext, link: Link): void => {
  const { connection, maxPayload } = link;
  if (maxPayload < limits.maxFrameBytes)
    throw new SynodError(
      'MAX_PAYLOAD',
      `the NATS server ${connection.getServer()} takes messages of up to ${maxPayload} bytes, and maxFrameBytes is ${limits.maxFrameBytes}; raise max_payload in its configuration, or lower maxFrameBytes`,
    );
};

/** For a server that was found later: frames that it does not take are dropped, and the operator hears of it. */
export const warnOfPayload = (context: UplinkContext, link: Link): void => {
  try {
    checkPayload(context, link);
  } catch (error) {
    context.logger.warn(`transport-nats: ${(error as Error).message}; larger frames are dropped`);
  }
};

/** A node of the same id that came while this one had no connection can no longer be kept from starting. */
export const warnOfDuplicate = ({ self, logger, tally }: UplinkContext, link: Link): void => {
  link.taken().then(
    (taken) => {
      if (!taken) return;
      tally.refused(`another node ${self}: both answer to the id`);
      logger.error(`transport-nats: ${duplicate(self, link).message}`);
    },
    // Gone again: the next connection asks too.
    () => {},
  );
};

export const listening = (link: Link): TransportStatus => ({ status: 'listening', at: `nats://${link.connection.getServer()}` });
