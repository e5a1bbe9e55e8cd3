// Signs requests as Standard Webhooks has it (standard-webhooks/spec/standard-webhooks.md, "Signature scheme"): what is signed are
// the bytes that are sent, with the id of the message and the time of this attempt.
import { createHmac } from 'node:crypto';

const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
/** Bytes of a secret. */
const MIN_BYTES = 24;
const MAX_BYTES = 64;

/** The key of a secret; undefined where it is none. */
export function readWebhookSecret(secret: string): Buffer | undefined {
  const [, encoded] = SECRET.exec(secret) ?? [];
  const key = encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
  return key !== undefined && key.length >= MIN_BYTES && key.length <= MAX_BYTES ? key : undefined;
}

/** @param keys one, and others while it is being replaced: a receiver takes any of their signatures @param nowMs epoch milliseconds */
export function signatureHeaders(
  keys: readonly Buffer[],
  { id, nowMs, body }: { readonly id: string; readonly nowMs: number; readonly body: string },
): Readonly<Record<string, string>> {
  const timestamp = Math.floor(nowMs / 1000).toString();
  const signed = `${id}.${timestamp}.${body}`;
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(signatures.length > 0 && { 'webhook-signature': signatures.join(' ') }),
  };
}
