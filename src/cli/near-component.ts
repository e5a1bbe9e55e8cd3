// "Did you mean": of the components that the caller may see, the one nearest to a name that is none of them.
import type { ConnectError } from '@connectrpc/connect';
import { nearestName } from '../core/nearest.ts';
import { hasReason, metadataOf } from '../errors/to-connect.ts';
import { allComponents } from './all-components.ts';
import type { Connection } from './connection.ts';
import type { CliError } from './exit.ts';
import { callError } from './failure.ts';

/** The command has failed already: nobody waits long for a hint. */
const HINT_MS = 2_000;

/** `callError`, with the component that was meant where there is one. */
export async function callErrorWithHint(error: ConnectError, connection: Connection): Promise<CliError> {
  return callError(error, connection, await nearComponent(error, connection));
}

/** Undefined also where the components cannot be asked for. */
async function nearComponent(error: ConnectError, { client }: Connection): Promise<string | undefined> {
  const wanted = hasReason(error, 'COMPONENT_NOT_FOUND') ? metadataOf(error).component : undefined;
  if (wanted === undefined) return undefined;
  try {
    const { components } = await allComponents(client, {}, { signal: AbortSignal.timeout(HINT_MS) });
    return nearestName(
      wanted,
      components.map(({ id }) => id),
    );
  } catch {
    return undefined;
  }
}
