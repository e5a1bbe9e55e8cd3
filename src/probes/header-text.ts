// The value of a header as text. It stands alone since both versions of HTTP hand values over as bytes, one character for each.
import { isUtf8 } from 'node:buffer';

/** UTF-8 where it is, as most servers send what is not ASCII; otherwise a character for each byte (RFC 9110, section 5.5). */
export function headerText(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}
