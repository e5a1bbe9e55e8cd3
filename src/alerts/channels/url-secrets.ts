// Addresses of channels: which can be used, and what of them is a secret. Everybody who knows the URL of a Slack webhook writes to its
// channel, and answers repeat what they were asked.
import type { ChannelFault } from './channel-kind.ts';

/** What is wrong with an address that is a URI by its schema. Shows nothing of it. */
export function checkUrl(text: string, path: ChannelFault['path']): readonly ChannelFault[] {
  const url = URL.parse(text);
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (!isHttp || url.hostname === '') return [{ path, message: 'must be a URL of http or https' }];
  if (credentialsOf(url) === undefined)
    return [{ path, message: 'has a name or password that is not percent-encoded' }];
  return url.hash === '' ? [] : [{ path, message: 'must have no fragment: what is behind # is never sent' }];
}

/** Everything of an address that an answer is not to repeat: but for the host, which people need to know. */
export function secretsOfUrl(url: URL): readonly string[] {
  const { username, password, pathname, search } = url;
  return [
    `${pathname}${search}`,
    pathname,
    ...pathname.split('/'),
    username,
    password,
    credentialsOf(url) ?? '',
  ].filter((part) => part !== '' && part !== '/');
}

/** The address with a path below its own. */
export function below(base: string, path: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  return url;
}

/** Name and password in it, as Authorization has them (RFC 7617); empty where there are none, undefined where they cannot be read. */
export function credentialsOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return '';
  try {
    return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  } catch {
    return undefined;
  }
}
