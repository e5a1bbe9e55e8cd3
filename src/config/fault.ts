// What is wrong with a configuration: where it stands and what to do. Every step of reading speaks of faults in these
// words, so that a file's faults can be listed together.

import { shownName } from '../core/quote-name.ts';

/** Field names as in the .proto, positions in lists, keys of maps: `['components', 3, 'http', 'url']`. */
export type Path = readonly (string | number)[];

export interface Fault {
  /** The file as the user named it. */
  readonly file: string;
  /** 1-based. Left out when the file could not be read at all. */
  readonly line?: number;
  /** 1-based, in UTF-16 code units. */
  readonly column?: number;
  /** `components[3].http.url`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong and what to do. Never holds a value of the file, which may be a secret. */
  readonly message: string;
}

/** A fault of a value, wherever the value came from. */
export interface PathFault {
  readonly path: Path;
  readonly message: string;
}

/** A fault at a place of the file's text that is not known by line and column yet. */
export interface PlacedFault extends PathFault {
  /** In UTF-16 code units from the start of the text. */
  readonly offset: number;
}

/** One line: `openk.yaml:12:5: components[3].http.url: must be an http:// or https:// URL`. */
export function formatFault({ file, line, column, path, message }: Fault): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}

/** `components[3].labels["acme.com/team"]` */
export function formatPath(path: Path): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (!/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(segment)) text += `["${shownName(segment, 64)}"]`;
    else text += text === '' ? segment : `.${segment}`;
  }
  return text;
}
