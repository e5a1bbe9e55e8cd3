// The text of a YAML file as a tree of nodes with their offsets: one document, aliases resolved, nothing typed yet.
// It stands alone as the only place that knows how the YAML library reports what it finds.
import {
  isAlias,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  type ScalarTag,
  visit,
  type YAMLError,
} from 'yaml';

export interface YamlDocument {
  /** Null for an empty file. */
  readonly root: Node | null;
  /** The text between its offsets, as it is written. */
  source(node: Node): string;
  /** What an alias stands for: the last node before it with that anchor. Undefined when there is none. */
  resolve(alias: Node): Node | undefined;
}

/** The tag of base64 (https://yaml.org/type/binary.html). */
export const BINARY_TAG = 'tag:yaml.org,2002:binary';

/** Leaves the text as it is: where bytes are wanted, the reader of the field decodes it. */
const BINARY: ScalarTag = { tag: BINARY_TAG, resolve: (text) => text };

/** 1-based line and column of an offset into the text. */
export type Position = (offset: number) => { readonly line: number; readonly column: number };

export type ParsedYaml =
  | { readonly ok: true; readonly document: YamlDocument; readonly position: Position }
  | { readonly ok: false; readonly offset: number; readonly message: string; readonly position: Position };

/** Never throws. Of several syntax errors it tells the first, since the others are mostly its echo. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const position: Position = (offset) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  try {
    const document = parseDocument<ParsedNode>(text, {
      // Every scalar stays the text that it is: what it means, the field says (no "no" that turns into false).
      schema: 'failsafe',
      customTags: [BINARY],
      merge: false,
      // The reader compares keys by the fields that they name, and tells where the first one is.
      uniqueKeys: false,
      lineCounter: lines,
      prettyErrors: false,
    });
    const [error] = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
    if (error !== undefined) return { ok: false, offset: error.pos[0], message: syntaxMessage(error), position };
    const targets = resolveAliases(document.contents);
    return {
      ok: true,
      document: {
        root: document.contents,
        source: ({ range }) => (range ? text.slice(range[0], range[1]) : ''),
        resolve: (alias) => targets.get(alias),
      },
      position,
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, offset: 0, message: TOO_DEEP, position };
  }
}

/** In one pass, since the library's own `Alias.resolve` searches the whole document for each. */
function resolveAliases(root: Node | null): ReadonlyMap<Node, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(root, {
    Node(_key, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) {
        anchors.set(node.anchor, node);
      }
    },
  });
  return targets;
}

const TOO_DEEP = 'is nested too deeply';

/** The library's messages, save where they would quote from the file, which may hold secrets. */
function syntaxMessage({ code, message }: YAMLError): string {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return 'holds more than one YAML document: keep one, and take the line --- out';
    case 'RESOURCE_EXHAUSTION':
      return TOO_DEEP;
    case 'TAB_AS_INDENT':
      return 'is not valid YAML: indent with spaces, not with tabs';
    case 'UNEXPECTED_TOKEN':
      return `is not valid YAML: something is here that does not belong; check indentation, quotes, brackets and colons (inside {} and [], quote "\${NAME}")`;
    case 'BAD_DIRECTIVE':
    case 'TAG_RESOLVE_FAILED':
      return 'is not valid YAML: a directive or tag that is not known';
    case 'BAD_DQ_ESCAPE':
      return String.raw`is not valid YAML: an unknown escape in double quotes; write \\ for a backslash, or use single quotes`;
    default:
      return `is not valid YAML: ${message}`;
  }
}
