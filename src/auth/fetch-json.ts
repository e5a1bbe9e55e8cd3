// Documents of an identity provider: within bounds, from where the configuration says and nowhere else.
import { parseForeignJson } from '../core/foreign-json.ts';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1024 * 1024;

/** @throws Error whose message is for the log; also once the signal fires */
export async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    // Whoever is asked in the end has to be the one who is named.
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  }).catch((error: unknown) => {
    throw new Error(`${url} cannot be reached: ${causeOf(error)}`);
  });
  const { ok, status, body } = response;
  if (!ok || body === null) {
    await body?.cancel();
    throw new Error(`${url} answered ${status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`${url} answered more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return parseForeignJson(Buffer.concat(chunks).toString());
  } catch {
    throw new Error(`${url} answered what is no JSON, or nested too deep`);
  }
}

/** `fetch failed` alone helps nobody. */
function causeOf(error: unknown): string {
  const { message, cause } = error as Error & {
    readonly cause?: { readonly code?: string; readonly message?: string };
  };
  return cause?.code ?? cause?.message ?? message;
}
