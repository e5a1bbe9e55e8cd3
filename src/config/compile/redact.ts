// Components as the API may show them: every secret replaced, or left out where no text can stand for it. Secret is what
// config.proto marks debug_redact, and in URLs the credentials and whatever stands behind the path.
import { clone, ScalarType } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Component, ComponentSchema, LinkSchema } from '../../../gen/openk/config/v1/config_pb.ts';

export const REDACTED = '[redacted]';

/** Fields that hold a URL. */
const URL_FIELD = /^(url|server|proxy|token_url)$/;

export interface ShownComponent {
  readonly definition: Component;
  /** Fields that are configured and left out, by path: `tcp.send`. JSON would show any bytes in their place as base64. */
  readonly hidden: readonly string[];
}

/** A copy. Names of headers, metadata and query parameters stay, and so do paths of files. */
export function redactComponent(component: Component): ShownComponent {
  const definition = clone(ComponentSchema, component);
  return { definition, hidden: redact(reflect(ComponentSchema, definition)) };
}

/** Redacts in place; returns the paths of what it left out. */
function redact(message: ReflectMessage): string[] {
  const hidden: string[] = [];
  // For people to follow, and the schema takes none with a password.
  if (message.desc.typeName === LinkSchema.typeName) return hidden;
  const below = (path: string, part: ReflectMessage) =>
    void hidden.push(...redact(part).map((rest) => `${path}.${rest}`));
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    const secret = field.proto.options?.debugRedact === true;
    if (field.fieldKind === 'map') {
      const map = message.get(field);
      if (secret) for (const key of map.keys()) map.set(key, REDACTED);
    } else if (field.fieldKind === 'list') {
      if (field.listKind === 'message')
        for (const [index, item] of [...message.get(field)].entries())
          below(`${field.name}.${index}`, item as ReflectMessage);
    } else if (field.fieldKind === 'message') {
      below(field.name, message.get(field));
    } else if (secret && field.scalar === ScalarType.BYTES) {
      message.clear(field);
      hidden.push(field.name);
    } else if (secret) {
      message.set(field, REDACTED);
    } else if (URL_FIELD.test(field.name)) {
      message.set(field, redactUrl(String(message.get(field))));
    }
  }
  return hidden;
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
