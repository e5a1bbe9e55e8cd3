// What a message was encoded to, kept with the message. Freezing it (with all that it holds) is how a handler says that it
// never changes, and may be answered again and again.
import type { Message } from '@bufbuild/protobuf';

/** The same encoding, which runs once for a frozen message. What it returns is shared, and not to be changed. */
export function keepEncoded<T>(encode: (message: Message) => T): (message: Message) => T {
  // Apart from the value, which may be undefined.
  const kept = new WeakMap<Message, { readonly encoded: T }>();
  return (message) => {
    if (!Object.isFrozen(message)) return encode(message);
    let entry = kept.get(message);
    if (entry === undefined) {
      entry = { encoded: encode(message) };
      kept.set(message, entry);
    }
    return entry.encoded;
  };
}
