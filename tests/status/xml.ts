// Enough of XML 1.0 to read what OpenK writes, and strict: what is not well-formed throws.

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** All of it, without that of children. */
  readonly text: string;
}

const TOKEN = /<\?xml [^?]*\?>|<\/([\w:-]+)>|<([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

export function parseXml(source: string): XmlElement {
  if (/[^\P{Cc}\t\n\r]/u.test(source)) throw new Error('XML has no such characters');
  const root = { name: '', attributes: {}, children: [] as XmlElement[], text: '' };
  const open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (match === null) throw new Error(`no XML at ${JSON.stringify(source.slice(at, at + 40))}`);
    const [, end, start, attributes = '', isEmpty, text] = match;
    const around = open.at(-1)!;
    if (end !== undefined && open.pop()!.name !== end) throw new Error(`</${end}> ends something else`);
    if (text !== undefined) around.text += decode(text);
    if (start === undefined) continue;
    const element = { name: start, attributes: attributesOf(attributes), children: [], text: '' };
    around.children.push(element);
    if (isEmpty === '') open.push(element);
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error('there is not one whole element');
  return root.children[0]!;
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, decode(value)] as const,
  );
  const attributes = Object.fromEntries(pairs);
  if (Object.keys(attributes).length !== pairs.length) throw new Error('an attribute is there twice');
  return attributes;
}

function decode(text: string): string {
  return text.replaceAll(/&([^;]*;?)/g, (_, name: string) => {
    const char = name.endsWith(';') ? ENTITIES[name.slice(0, -1)] : undefined;
    if (char === undefined) throw new Error(`&${name} is no entity`);
    return char;
  });
}
