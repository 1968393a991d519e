import type { TestRunner } from './runner.js';
import { clientCases } from './transport/clients.js';
import { deliveryCases } from './transport/delivery.js';
import { deploymentCases } from './transport/deployment.js';
import { lifecycleCases } from './transport/lifecycle.js';
import { peerCases } from './transport/peers.js';
import { Cases } from './transport/trial.js';
import type { TransportUnderTest } from './transport-under-test.js';

/**
 * Registers, in a `describe` of its own, a case for every rule that a `Transport` keeps. Its author writes one file:
 *
 *     import { transportSuite } from '@synod/core/testing';
 *     import { describe, it } from 'vitest';
 *
 *     transportSuite({ describe, it }, { name: 'mine', capabilities: {}, create: async ({ nodes }) => new MyNetwork(nodes) });
 *
 * The network may lose, duplicate, delay and reorder frames, so a case sends what it needs again until it arrives; and it may not
 * change a frame, or bring one that nobody sent.
 */
export const transportSuite = (runner: TestRunner, subject: TransportUnderTest): void => {
  runner.describe(`the transport ${subject.name}`, () => {
    const cases = new Cases(runner, subject);
    deliveryCases(cases);
    lifecycleCases(cases);
    peerCases(cases);
    clientCases(cases);
    deploymentCases(cases);
  });
};
