import { describe, it } from 'node:test';
import { transportSuite } from '@synod/core/testing';
import { tcpTransports } from './tcp-transports.js';

transportSuite({ describe, it: (name, body, timeout) => it(name, { timeout }, body) }, tcpTransports);
