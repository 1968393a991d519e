import { nkeys, usernamePasswordAuthenticator } from 'nats';
import { expect, test } from 'vitest';
import { authority, operator, tlsConfiguration } from './credentials.js';
import { bytes, heard, insist, natsServer, probe, runningNatsServer, started, told } from './support.js';

/** Two nodes get in and hear each other. */
const meet = async (options: Parameters<typeof started>[1]) => {
  const a = await started('a', options);
  const b = await started('b', options);
  a.transport.send('b', bytes('let in'));
  await heard(b, 'let in');
  for (const { transport } of [a, b]) await transport.stop();
};

const refused = (options: Parameters<typeof started>[1]) => probe('a', options).transport.start();

const WRONG = { code: 'NOT_AUTHORIZED', message: expect.stringMatching(/does not let this user in: .*check the credentials/) };

test('a user and a password are asked for and let in', async () => {
  const { url: servers } = await runningNatsServer('authorization { user: synod, password: secret }');
  await meet({ servers, user: 'synod', pass: 'secret' });
  await meet({ servers, authenticator: usernamePasswordAuthenticator('synod', 'secret') });
  await expect(refused({ servers })).rejects.toMatchObject(WRONG);
  await expect(refused({ servers, user: 'synod', pass: 'wrong' })).rejects.toMatchObject(WRONG);
});

test('a token is asked for and let in', async () => {
  const { url: servers } = await runningNatsServer('authorization { token: secret }');
  await meet({ servers, token: 'secret' });
  await expect(refused({ servers, token: 'wrong' })).rejects.toMatchObject(WRONG);
});

test('an nkey is asked for and let in', async () => {
  const key = nkeys.createUser();
  const seed = (of: typeof key) => new TextDecoder().decode(of.getSeed());
  const { url: servers } = await runningNatsServer(`authorization { users: [{ nkey: ${key.getPublicKey()} }] }`);
  await meet({ servers, nkey: seed(key) });
  await expect(refused({ servers, nkey: seed(nkeys.createUser()) })).rejects.toMatchObject(WRONG);
});

test('credentials of an operator’s account are asked for and let in', async () => {
  const { configuration, creds } = await operator();
  const { url: servers } = await runningNatsServer(configuration);
  await meet({ servers, creds });
  await expect(refused({ servers, creds: (await operator()).creds })).rejects.toMatchObject(WRONG);
});

test('over TLS the authority’s certificate is enough', async () => {
  const trusted = await authority();
  const { port } = await runningNatsServer(await tlsConfiguration(trusted));
  const tls = { ca: trusted.certificate };
  await meet({ servers: `tls://127.0.0.1:${port}`, tls });
  await meet({ servers: `nats://localhost:${port}`, tls });
});

test('a server that an unknown authority vouches for is an error at once', async () => {
  const { port } = await runningNatsServer(await tlsConfiguration(await authority()));
  const failure = { code: 'TLS_FAILED', message: expect.stringMatching(/127\.0\.0\.1:\d+: .*certificate.*check the option tls/) };
  await expect(refused({ servers: `tls://127.0.0.1:${port}` })).rejects.toMatchObject(failure);
  await expect(refused({ servers: `tls://127.0.0.1:${port}`, tls: { ca: (await authority()).certificate } })).rejects.toMatchObject(
    failure,
  );
});

test('a server without TLS is an error at once where TLS is asked for', async () => {
  const { port } = await runningNatsServer();
  await expect(refused({ servers: `tls://127.0.0.1:${port}` })).rejects.toMatchObject({ code: 'TLS_FAILED' });
});

test('a client’s certificate is asked for and let in', async () => {
  const trusted = await authority();
  const { port } = await runningNatsServer(await tlsConfiguration(trusted, trusted));
  const servers = `tls://127.0.0.1:${port}`;
  const { certificate: cert, key } = await trusted.issue('node', 'client');
  await meet({ servers, tls: { ca: trusted.certificate, cert, key } });
  await expect(refused({ servers, tls: { ca: trusted.certificate } })).rejects.toMatchObject({ code: 'TLS_FAILED' });
});

test('a user that may not use the subjects is an error that names them', async () => {
  const { url: servers } = await runningNatsServer(`authorization { users: [
    { user: reader, password: x, permissions: { publish: ["synod.test.>"], subscribe: ["synod.test.*.here.*"] } },
    { user: writer, password: x, permissions: { publish: ["other.>"], subscribe: ["synod.test.>"] } },
    { user: enough, password: x, permissions: { publish: ["synod.test.>"], subscribe: ["synod.test.>"] } },
  ] }`);
  for (const user of ['reader', 'writer'])
    await expect(refused({ servers, user, pass: 'x' })).rejects.toMatchObject({
      code: 'NOT_AUTHORIZED',
      message: expect.stringMatching(/synod\.test\.a.*let it publish and subscribe to synod\.test\.>/),
    });
  await meet({ servers, user: 'enough', pass: 'x' });
});

test('what the server does not let a node publish is told', async () => {
  const { url: servers } = await runningNatsServer(`authorization { users: [
    { user: half, password: x, permissions: { publish: ["synod.test.a.>"], subscribe: ["synod.test.>"] } },
  ] }`);
  const a = await started('a', { servers, user: 'half', pass: 'x' });
  a.transport.send('b', bytes('not allowed'));
  expect((await told(a, 'refused')).reason).toMatch(/^by the server: .*synod\.test\.b/);
});

test('a node that runs goes on trying when it is no longer let in', async () => {
  const server = await natsServer('authorization { token: one }');
  await server.start();
  const a = await started('a', { servers: server.url, token: 'one' });
  await server.kill();
  await server.start('authorization { token: two }');
  expect((await told(a, 'unreachable', ({ reason }) => reason.includes('Authorization'))).at).toContain(`${server.port}`);
  await server.kill();
  await server.start('authorization { token: one }');
  const b = await started('b', { servers: server.url, token: 'one' });
  await insist(() => a.transport.send('b', bytes('in again')), heard(b, 'in again'));
});
