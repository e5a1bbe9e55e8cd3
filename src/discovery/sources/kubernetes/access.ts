// How to reach the API server: named in the configuration, in a kubeconfig, or that of the cluster that OpenK runs in. Credentials are read anew
// for each request, since tokens and certificates in files are renewed.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { parse } from 'yaml';
import { ClientTlsSchema, type KubernetesDiscovery } from '../../../../gen/openk/config/v1/config_pb.ts';
import { type Asked, AskFault } from '../../http.ts';
import type { SourceContext } from '../../source.ts';

/** Where a request goes and with what. @throws AskFault */
export type Access = () => Promise<Pick<Asked, 'url' | 'headers' | 'tls'>>;

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export function createAccess(
  options: Pick<KubernetesDiscovery, 'apiServer' | 'kubeconfigFile' | 'token' | 'tokenFile' | 'tls'>,
  { network, env }: Pick<SourceContext, 'network' | 'env'>,
): Access {
  const { apiServer, kubeconfigFile, token, tokenFile, tls } = options;
  if (apiServer !== '') {
    const tlsFor = network.tlsOptions(tls);
    const url = new URL(apiServer);
    return async () => ({ url, tls: tlsFor, headers: bearer(tokenFile === '' ? token : await readToken(tokenFile)) });
  }
  if (kubeconfigFile !== '') return () => fromKubeconfig(kubeconfigFile, network);
  const tlsFor = network.tlsOptions(create(ClientTlsSchema, { caFile: `${SERVICE_ACCOUNT}/ca.crt` }));
  return async () => {
    const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = env;
    if (host === '') throw new AskFault('OpenK runs in no cluster: name api_server or kubeconfig_file');
    const url = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
    return { url, tls: tlsFor, headers: bearer(await readToken(`${SERVICE_ACCOUNT}/token`)) };
  };
}

function bearer(token: string): Record<string, string> {
  return token === '' ? {} : { authorization: `Bearer ${token}` };
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new AskFault(`the file of the token cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

type Entry = Readonly<Record<string, unknown>>;

async function fromKubeconfig(file: string, network: SourceContext['network']): ReturnType<Access> {
  const fail = (why: string) => new AskFault(`the kubeconfig ${why}`);
  let config: Entry;
  try {
    config = objectOf(parse(await readFile(file, 'utf8')));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw fail(code?.startsWith('E') ? `cannot be read: ${code}` : 'is no YAML');
  }
  const named = (list: string, name: unknown, key: string) => {
    const entries = config[list];
    const entry = Array.isArray(entries) ? entries.map(objectOf).find((one) => one.name === name) : undefined;
    return entry && objectOf(entry[key]);
  };
  const context = named('contexts', config['current-context'], 'context');
  if (context === undefined) throw fail('has no current context');
  const cluster = named('clusters', context.cluster, 'cluster');
  const user = named('users', context.user, 'user') ?? {};
  const url = URL.parse(String(cluster?.server));
  if (cluster === undefined || url === null) throw fail('has no server in its current context');
  if (user.exec !== undefined || user['auth-provider'] !== undefined)
    throw fail('makes its credentials by a program, which is not run: give api_server and token_file');
  if (cluster['proxy-url'] !== undefined) throw fail('names a proxy, and OpenK asks API servers without one');
  /** As it stands there, or in the file that is named beside it. */
  const bytes = async (entry: Entry, key: string) => {
    const data = entry[`${key}-data`];
    if (typeof data === 'string') return Buffer.from(data, 'base64');
    const path = entry[key];
    if (typeof path !== 'string') return undefined;
    return readFile(resolve(dirname(file), path)).catch((error: NodeJS.ErrnoException) => {
      throw fail(`names a file as ${key} that cannot be read: ${error.code}`);
    });
  };
  const ca = await bytes(cluster, 'certificate-authority');
  const cert = await bytes(user, 'client-certificate');
  const key = await bytes(user, 'client-key');
  const serverName = cluster['tls-server-name'];
  const isInsecure = cluster['insecure-skip-tls-verify'] === true;
  const plain = network.tlsOptions(
    create(ClientTlsSchema, {
      insecureSkipVerify: isInsecure,
      ...(typeof serverName === 'string' && { serverName }),
    }),
  );
  const tokenFile = user.tokenFile;
  const token =
    typeof tokenFile === 'string' ? await readToken(resolve(dirname(file), tokenFile)) : String(user.token ?? '');
  const basic =
    typeof user.username === 'string'
      ? `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`
      : '';
  return {
    url,
    tls: (host) => ({ ...plain(host), ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }),
    headers: {
      ...(token === '' && basic !== '' ? { authorization: basic } : bearer(token)),
      ...impersonated(user, fail),
    },
  };
}

/** Whom the user acts as (kubernetes.io/docs/reference/access-authn-authz/authentication, user impersonation). */
function impersonated(user: Entry, fail: (why: string) => AskFault): Record<string, string> {
  const { as, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = user;
  if (groups !== undefined || extra !== undefined)
    throw fail('acts as groups or with extra fields of a user, which OpenK does not: bind what it needs to the user');
  return {
    ...(typeof as === 'string' && { 'impersonate-user': as }),
    ...(typeof uid === 'string' && { 'impersonate-uid': uid }),
  };
}

function objectOf(value: unknown): Entry {
  return typeof value === 'object' && value !== null ? (value as Entry) : {};
}
