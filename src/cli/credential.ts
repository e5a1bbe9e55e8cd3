// The token that a command shows to a server: an API key, or an access token of an identity provider. No flag takes the token
// itself: it would stand in the list of processes, and in the history of the shell.
import { closeSync, openSync, readSync } from 'node:fs';
import { type Environment, variable } from './context.ts';
import { CliError, EXIT } from './exit.ts';

export interface Credential {
  readonly token: string;
  /** Where it comes from, for messages. */
  readonly source: string;
}

/** What fits the headers of a request. */
const MAX_TOKEN_BYTES = 12 * 1024;
/** RFC 6750, section 2.1. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * The file of the flag, else OPENK_TOKEN, else none.
 * @throws {CliError} with exit code 3 for a file that cannot be read, and for what is no token
 */
export function readCredential(tokenFile: string | undefined, env: Environment): Credential | undefined {
  if (tokenFile !== undefined) {
    const token = readShortFile(tokenFile).trim();
    if (TOKEN.test(token)) return { token, source: `--token-file ${tokenFile}` };
    throw new CliError(
      EXIT.couldNotAsk,
      token === '' ? `--token-file: ${tokenFile} is empty` : `--token-file: what ${tokenFile} holds is no token`,
      'Name a file that holds a token and nothing else, as the first line of `openk token new` is.',
    );
  }
  const token = variable(env, 'OPENK_TOKEN')?.trim();
  if (token === undefined) return undefined;
  if (TOKEN.test(token)) return { token, source: 'OPENK_TOKEN' };
  throw new CliError(EXIT.couldNotAsk, 'what OPENK_TOKEN holds is no token', 'Set it to the token and nothing else.');
}

/** A pipe too (`--token-file <(vault read …)`), and no more of it than a token may have. */
function readShortFile(path: string): string {
  const bytes = Buffer.alloc(MAX_TOKEN_BYTES + 1);
  let length = 0;
  try {
    const file = openSync(path, 'r');
    try {
      for (let read = -1; read !== 0 && length < bytes.length; length += read) {
        read = readSync(file, bytes, length, bytes.length - length, null);
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(EXIT.couldNotAsk, `--token-file: cannot read ${path} (${code})`, 'Name a readable file.');
  }
  if (length <= MAX_TOKEN_BYTES) return bytes.toString('utf8', 0, length);
  const message = `--token-file: ${path} is larger than the ${MAX_TOKEN_BYTES / 1024} KiB that a token may have`;
  throw new CliError(EXIT.couldNotAsk, message, 'Name a file that holds a token and nothing else.');
}
