// A command that asks a server something and ends: the connection, and what its errors mean for the exit code.
import { type CallOptions, ConnectError } from '@connectrpc/connect';
import { type Connection, type ConnectionFlags, createConnection } from './connection.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit.ts';
import { callErrorWithHint } from './near-component.ts';

export interface AskFlags extends ConnectionFlags {
  /** Of each call, in milliseconds. */
  readonly timeout: number;
}

/**
 * What `ask` makes the exit code, or 130 when the signal of the context fired first. The connection is closed then.
 * @throws {CliError} for a call that failed
 */
export async function askServer(
  flags: AskFlags,
  context: CliContext,
  ask: (connection: Connection, options: CallOptions) => Promise<number>,
): Promise<number> {
  const { signal } = context;
  const connection = createConnection(flags, context);
  try {
    return await ask(connection, { timeoutMs: flags.timeout, signal });
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted;
    throw error instanceof ConnectError ? await callErrorWithHint(error, connection) : error;
  } finally {
    connection.drop();
  }
}
