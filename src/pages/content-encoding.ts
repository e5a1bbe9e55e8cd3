// Which encoding of a file a client gets (RFC 9110, section 12.5.3). Weights beside zero are not looked at: whoever takes
// both gets the smaller.
import { Repeated } from '../calls/repeated.ts';

export type Encoding = 'br' | 'gzip' | 'identity';

const NAMES = { br: 'br', gzip: 'gzip', 'x-gzip': 'gzip' } as const satisfies Record<string, Encoding>;
const PREFERRED: readonly Encoding[] = ['br', 'gzip'];
const REFUSED = /^q=0(?:\.0*)?$/i;

/** @param accepted The `Accept-Encoding` header. */
export function chooseEncoding(accepted: string | string[] | undefined): Encoding {
  const taken = encodingsOf(accepted);
  return PREFERRED.find((encoding) => taken.has(encoding)) ?? 'identity';
}

/** The same for what is compressed on the fly: gzip, or nothing. */
export function takesGzip(accepted: string | string[] | undefined): boolean {
  return encodingsOf(accepted).has('gzip');
}

/** Browsers are few, and each sends the same again and again. */
const known = new Repeated<ReadonlySet<Encoding>>(64);

function encodingsOf(accepted: string | string[] | undefined): ReadonlySet<Encoding> {
  return known.of(String(accepted ?? ''), parseEncodings);
}

function parseEncodings(accepted: string): ReadonlySet<Encoding> {
  const taken = new Set<Encoding>();
  for (const each of accepted.split(',')) {
    const [name = '', ...parameters] = each.split(';').map((part) => part.trim().toLowerCase());
    if (Object.hasOwn(NAMES, name) && !parameters.some((parameter) => REFUSED.test(parameter))) {
      taken.add(NAMES[name as keyof typeof NAMES]);
    }
  }
  return taken;
}
