// Pieces of YAML out of other files: blocks of Markdown, literals of Go, and what keys of secrets have in them.
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';

export interface Piece {
  /** Of its first line in the file. */
  readonly line: number;
  readonly text: string;
}

export type Json = ReturnType<typeof JSON.parse>;

/** Paths under the folder, in order, without what version control keeps for itself. */
export async function filesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !/(^|\/)(\.git|node_modules)\//.test(path))
    .sort();
}

/** Blocks that are marked as YAML. */
export function yamlBlocks(markdown: string): readonly Piece[] {
  return [...markdown.matchAll(/^( *)```ya?ml\n(.*?)^ *```/gms)].map(({ 1: indent = '', 2: text = '', index }) => ({
    line: lineAt(markdown, index) + 1,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** Raw literals, with what stands before each on its line. */
export function rawLiterals(go: string): readonly (Piece & { readonly before: string; readonly at: number })[] {
  return [...go.matchAll(/^([^`\n]*)`([^`]*)`/gm)].map(({ 1: before = '', 2: text = '', index }) => ({
    line: lineAt(go, index),
    text,
    before,
    at: index,
  }));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** The documents as plain data, as far as they are mappings; none where it is no YAML. */
export function mappings(text: string): readonly Json[] {
  const documents = parseAllDocuments(text, { merge: true, logLevel: 'silent', uniqueKeys: false });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return [];
  return documents.map((document) => document.toJS()).filter((value) => isMapping(value));
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SECRET_KEY =
  /(^|[-_])(password|token|secret|secret[-_]access[-_]key|api[-_]key|integration[-_]key|routing[-_]key|client[-_]secret|private[-_]key|credentials|webhook[-_]url|bearer[-_]token)$/;
/** Shorter ones are words that stand elsewhere, too. */
const SECRET_LENGTH = 8;

/** Values under keys of secrets, as far as they are none of the environment's. */
export function secretsIn(value: unknown, key = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => secretsIn(each, key));
  if (isMapping(value)) return Object.entries(value).flatMap(([name, each]) => secretsIn(each, name));
  if (typeof value !== 'string' || value.length < SECRET_LENGTH || value.includes('$')) return [];
  // A password that is called "password" is none.
  return SECRET_KEY.test(key) && !key.endsWith(value) ? [value] : [];
}
