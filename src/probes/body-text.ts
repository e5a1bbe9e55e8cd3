// The body of an HTTP answer as text, or why it has none. It stands alone since an expression over a text that was guessed
// could be true of a body that says the opposite.

export type BodyText = { readonly text: string } | { readonly fault: string };

/** UTF-8 unless the `charset` of `contentType` says otherwise (RFC 9110, section 8.3.2). A byte order mark is left out. */
export function bodyText(bytes: Uint8Array, contentType: string | undefined): BodyText {
  const [, quoted, plain] = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(contentType ?? '') ?? [];
  const charset = (quoted ?? plain ?? 'utf-8').trim();
  const decoder = decoderOf(charset);
  if (decoder === undefined) return { fault: 'the body is in a character set that is not known here' };
  try {
    return { text: decoder.decode(bytes) };
  } catch {
    const isUtf8 = decoder.encoding === 'utf-8';
    return { fault: isUtf8 ? 'the body is not UTF-8 text' : 'the body is not text of its character set' };
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decoderOf(charset: string): TextDecoder | undefined {
  if (charset === UTF8.encoding) return UTF8;
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch {
    return undefined;
  }
}
