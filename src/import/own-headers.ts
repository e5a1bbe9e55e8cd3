// Headers that other programs let a user set and that OpenK writes by itself. Without them the check is the same one, so that it is imported.
import { CONNECTION_HEADERS } from '../core/connection-headers.ts';

/** Whether OpenK writes it. Then `differences` says that the file does not. */
export function isOwnHeader(name: string, differences: string[]): boolean {
  const key = name.toLowerCase();
  if (!CONNECTION_HEADERS.has(key) && !key.startsWith('sec-websocket-')) return false;
  differences.push(`the header ${name} is what the connection needs, and not what is written there`);
  return true;
}
