// Texts that came as bytes, one character for each: values of headers in both versions of HTTP, and texts of DNS. It stands alone since
// what is not ASCII in them is UTF-8 nearly everywhere, though nothing says so.
import { isUtf8 } from 'node:buffer';

/** As UTF-8 where it is; otherwise as it is, a character for each byte (RFC 9110, section 5.5). */
export function byteText(text: string): string {
  if (!/[\x80-\xff]/.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : text;
}
