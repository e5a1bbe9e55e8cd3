// Components as the API may show them: every secret replaced. Secret is what config.proto marks debug_redact, and in URLs
// the credentials and whatever stands behind the path.
import { clone, ScalarType } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Component, ComponentSchema } from '../../gen/openk/config/v1/config_pb.ts';

export const REDACTED = '[redacted]';

/** Fields that hold a URL. */
const URL_FIELD = /^(url|server)$/;

/** A copy. Names of headers, metadata and query parameters stay, and so do paths of files. */
export function redactComponent(component: Component): Component {
  const copy = clone(ComponentSchema, component);
  redact(reflect(ComponentSchema, copy));
  return copy;
}

function redact(message: ReflectMessage): void {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    const secret = field.proto.options?.debugRedact === true;
    if (field.fieldKind === 'map') {
      const map = message.get(field);
      if (secret) for (const key of map.keys()) map.set(key, REDACTED);
    } else if (field.fieldKind === 'list') {
      if (field.listKind === 'message') for (const item of message.get(field)) redact(item as ReflectMessage);
    } else if (field.fieldKind === 'message') {
      redact(message.get(field));
    } else if (secret) {
      message.set(field, field.scalar === ScalarType.BYTES ? new TextEncoder().encode(REDACTED) : REDACTED);
    } else if (URL_FIELD.test(field.name)) {
      message.set(field, redactUrl(String(message.get(field))));
    }
  }
}

/** `https://[redacted]@host/path?token=[redacted]`: for people, no longer a URL to call. */
export function redactUrl(text: string): string {
  if (!URL.canParse(text)) return REDACTED;
  const { protocol, username, password, host, pathname, search, hash } = new URL(text);
  const credentials = username === '' && password === '' ? '' : `${REDACTED}@`;
  return `${protocol}//${credentials}${host}${pathname}${redactQuery(search)}${hash && `#${REDACTED}`}`;
}

/** Keys stay; a part without one is a value. */
function redactQuery(search: string): string {
  if (search === '') return '';
  const parts = search.slice(1).split('&');
  return `?${parts.map((part) => (part.includes('=') ? `${part.slice(0, part.indexOf('='))}=${REDACTED}` : REDACTED)).join('&')}`;
}
