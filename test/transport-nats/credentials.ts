import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeAccount, encodeOperator, encodeUser, fmtCreds } from '@nats-io/jwt';
import { nkeys } from 'nats';
import { generate } from 'selfsigned';
import { directory } from './support.js';

/** An authority of the test's own. */
export interface Authority {
  readonly certificate: string;
  /** Signs for a server or client of this machine. */
  issue(commonName: string, kind: 'server' | 'client'): Promise<{ readonly certificate: string; readonly key: string }>;
}

const named = (value: string) => [{ name: 'commonName', value }];

export const authority = async (): Promise<Authority> => {
  const own = await generate(named('authority'), {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    certificate: own.cert,
    async issue(commonName, kind) {
      const { cert, private: key } = await generate(named(commonName), {
        keyType: 'ec',
        algorithm: 'sha256',
        ca: { key: own.private, cert: own.cert },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'extKeyUsage', serverAuth: kind === 'server', clientAuth: kind === 'client' },
          {
            name: 'subjectAltName',
            altNames: [
              { type: 2, value: 'localhost' },
              { type: 7, ip: '127.0.0.1' },
            ],
          },
        ],
      });
      return { certificate: cert, key };
    },
  };
};

/** What a server's configuration says to use this certificate. `clients`: those of this authority alone are let in. */
export const tlsConfiguration = async (of: Authority, clients?: Authority): Promise<string> => {
  const at = await directory();
  const { certificate, key } = await of.issue('server', 'server');
  await writeFile(join(at, 'server.pem'), certificate);
  await writeFile(join(at, 'server.key'), key);
  if (clients !== undefined) await writeFile(join(at, 'clients.pem'), clients.certificate);
  const verify = clients === undefined ? '' : `ca_file: "${join(at, 'clients.pem')}", verify: true`;
  return `tls { cert_file: "${join(at, 'server.pem')}", key_file: "${join(at, 'server.key')}", ${verify} }`;
};

/** An operator, one account and one user of it: what the server is told, and the user's credentials file. */
export const operator = async (): Promise<{ readonly configuration: string; readonly creds: string }> => {
  const [operatorKey, accountKey, userKey] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const operatorJwt = await encodeOperator('operator', operatorKey);
  const accountJwt = await encodeAccount(
    'account',
    accountKey,
    { limits: { conn: -1, subs: -1, data: -1, payload: -1, wildcards: true, leaf: -1, imports: -1, exports: -1 } },
    { signer: operatorKey },
  );
  const userJwt = await encodeUser('user', userKey, accountKey, {});
  return {
    configuration: `operator: "${operatorJwt}"
      resolver: MEMORY
      resolver_preload: { ${accountKey.getPublicKey()}: "${accountJwt}" }`,
    creds: new TextDecoder().decode(fmtCreds(userJwt, userKey)),
  };
};
