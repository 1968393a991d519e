import { ConfigurationError, colocated } from '@synod/core';
import { type NatsOptions, NatsTransport } from '@synod/transport-nats';
import { nkeyAuthenticator, nkeys } from 'nats';
import { describe, expect, test } from 'vitest';
import { operator } from './credentials.js';

const servers = 'nats://10.0.0.1:4222';
const seed = new TextDecoder().decode(nkeys.createUser().getSeed());
const { creds } = await operator();
const tls = { ca: 'PEM' };

const make = (options: unknown, cluster = 'test') =>
  new NatsTransport({ self: 'a', cluster, topology: colocated(['a', 'b', 'c']) }, options as NatsOptions);

const refusal = (options: unknown, cluster?: string): ConfigurationError => {
  try {
    make(options, cluster);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('accepted');
};

describe('accepted are', () => {
  test.each<[string, NatsOptions]>([
    ['one server', { servers }],
    ['several servers', { servers: [servers, 'nats://10.0.0.2:4222'] }],
    ['a server without scheme and port', { servers: 'nats.example.org' }],
    ['IPv6 addresses', { servers: ['nats://[::1]:4222', '[fe80::1]'] }],
    ['a server that asks for TLS', { servers: 'tls://nats.example.org' }],
    ['certificates', { servers, tls }],
    ['a user and a password', { servers, user: 'synod', pass: 'secret' }],
    ['a user that needs no password', { servers, user: 'synod' }],
    ['a token', { servers, token: 'secret' }],
    ['an nkey', { servers, nkey: seed }],
    ['what is in a credentials file', { servers, creds }],
    ['an authenticator', { servers, authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)) }],
    ['limits', { servers, maxFrameBytes: 8 * 1024 * 1024, queueBytes: 8 * 1024 * 1024, heartbeat: 100 }],
  ])('%s', (_, options) => {
    expect(make(options)).toBeInstanceOf(NatsTransport);
  });

  test.each(['synod', 'prod.eu', 'a b', '*', '>', 'über', 'x'.repeat(512)])('a cluster of the name %j', (cluster) => {
    expect(make({ servers }, cluster)).toBeInstanceOf(NatsTransport);
  });
});

describe('refused, naming what is wrong and what is allowed, is', () => {
  test.each<[string, unknown, string, RegExp]>([
    ['nothing at all', {}, 'BAD_OPTION', /neither servers nor connection is given; give servers/],
    ['no server', { servers: [] }, 'BAD_SERVER', /at least one server: nats:\/\//],
    ['a server that is no text', { servers: 4222 }, 'BAD_SERVER', /servers holds 4222; allowed: nats:\/\//],
    ['another protocol', { servers: 'ws://10.0.0.1' }, 'BAD_SERVER', /"ws:\/\/10\.0\.0\.1"; allowed: nats:\/\//],
    ['a server with a path', { servers: 'nats://10.0.0.1/synod' }, 'BAD_SERVER', /allowed: nats:\/\//],
    ['a port that does not exist', { servers: 'nats://10.0.0.1:70000' }, 'BAD_SERVER', /a port from 1 to 65535/],
    ['a user in a server', { servers: 'nats://me:secret@10.0.0.1' }, 'BAD_SERVER', /give the options user and pass/],
    ['two ways to authenticate', { servers, user: 'synod', token: 'x' }, 'BAD_OPTION', /user and token are given; give one/],
    ['a password without a user', { servers, pass: 'secret' }, 'BAD_OPTION', /pass is given without user/],
    ['an empty token', { servers, token: '' }, 'BAD_OPTION', /token is empty or no text/],
    ['a user that is no text', { servers, user: 7 }, 'BAD_OPTION', /user is empty or no text/],
    ['an nkey that is none', { servers, nkey: 'secret' }, 'BAD_OPTION', /nkey is not the seed of an nkey/],
    ['the path of a credentials file', { servers, creds: './secret.creds' }, 'BAD_OPTION', /creds holds no user’s JWT.*not its path/],
    ['an authenticator that is none', { servers, authenticator: 'x' }, 'BAD_OPTION', /authenticator is no function/],
    ['TLS that is no object', { servers, tls: true }, 'BAD_OPTION', /tls is true; expected an object/],
    ['no TLS in so many words', { servers, tls: null }, 'BAD_OPTION', /tls is null/],
    ['an option that does not exist', { servers, server: servers }, 'BAD_OPTION', /unknown option "server"; known are servers, tls/],
    ['a limit out of bounds', { servers, maxFrameBytes: 1 }, 'BAD_OPTION', /maxFrameBytes is 1; allowed: .* from 1024 to/],
    ['a limit that is no number', { servers, heartbeat: '1s' }, 'BAD_OPTION', /heartbeat is "1s".* ms/],
    ['a queue too small for one frame', { servers, queueBytes: 4096 }, 'BAD_OPTION', /queueBytes is 4096.*maxFrameBytes/],
    ['a connection and servers', { connection: {}, servers }, 'BAD_OPTION', /the one or the other/],
    ['a connection that is none', { connection: 'nats' }, 'BAD_OPTION', /connection has no publish, .*give what connect\(\)/],
    ['a connection that is not there yet', { connection: Promise.resolve() }, 'BAD_OPTION', /connection has no publish/],
    ['no connection', { connection: null }, 'BAD_OPTION', /connection has no publish/],
    [
      'a way to authenticate beside a connection',
      { connection: {}, token: 'x' },
      'BAD_OPTION',
      /unknown option "token"; known are connection/,
    ],
  ])('%s', (_, options, code, message) => {
    const error = refusal(options);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('secret');
  });

  test.each(['', 'x'.repeat(513), '\ud800'])('a cluster of the name %j', (cluster) => {
    expect(refusal({ servers }, cluster)).toMatchObject({ code: 'BAD_CLUSTER_NAME', message: expect.stringContaining('1 to 512 bytes') });
  });
});
