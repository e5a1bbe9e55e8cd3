// Media types as requests name them: in any case, with white space and parameters (RFC 9110, section 8.3.1). Of parameters
// only the charset matters, and only UTF-8 is read.
import { Repeated } from '../calls/repeated.ts';

/** The type and subtype, in small letters; undefined where it is none, or of a charset that is not read. */
export function parseMediaType(contentType: string): string | undefined {
  const [essence = '', ...parameters] = contentType.split(';');
  const type = essence.trim().toLowerCase();
  if (!ESSENCE.test(type)) return undefined;
  for (const parameter of parameters) {
    const name = parameter.trim().toLowerCase();
    if (name !== '' && name !== 'charset' && !PARAMETER.test(name)) return undefined;
    if (CHARSET.test(name) && !UTF8.test(name)) return undefined;
  }
  return type;
}

const ESSENCE = /^[!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+$/;
const PARAMETER = /^[!#$%&'*+.^_`|~0-9a-z-]+\s*=/;
const CHARSET = /^charset\s*=/;
const UTF8 = /^charset\s*=\s*(?:"utf-?8"|utf-?8)$/;

/** The value of what a content type means, in whichever way it is spelled. */
export class ByMediaType<T> {
  readonly #values: ReadonlyMap<string, T>;
  readonly #known = new Repeated<T | undefined>(64);

  /** @param values by types in small letters without parameters */
  constructor(values: ReadonlyMap<string, T>) {
    this.#values = values;
  }

  get(contentType: string): T | undefined {
    return this.#values.get(contentType) ?? this.#known.of(contentType, this.#find);
  }

  readonly #find = (contentType: string): T | undefined => this.#values.get(parseMediaType(contentType) ?? '');
}
