import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['shared', 'services', 'infra', 'examples', 'test', 'docs'];

export interface SourceFile {
  /** In the repository, e.g. `shared/core/json.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text without comments. */
  readonly code: string;
  /** What it imports: paths in the repository, or names of packages. */
  readonly imports: readonly string[];
}

function read(file: string): SourceFile {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
  const specifiers = Array.from(
    code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^'\s]+)'/g),
    ([, specifier = '']) => specifier,
  );
  return { path: file, text, code, imports: specifiers.map((specifier) => resolveImport(file, specifier)) };
}

/** A relative import as a path in the repository, a package without what is imported from it. */
function resolveImport(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return path.join(path.dirname(file), specifier);
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

const isOurs = (file: string): boolean => !/(^|\/)(node_modules|dist|\.local)\//.test(file);

/** Every text file of ours: code, configuration, documents. */
export const tree: readonly SourceFile[] = [
  ...readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name))),
  ),
]
  .filter((file) => isOurs(file) && /\.(ts|mjs|json|ya?ml|md)$|Dockerfile$/.test(file))
  .map(read);

const isCode = ({ path: file }: SourceFile): boolean => /\.(ts|mjs)$/.test(file);

/** All code, tests included. */
export const code = tree.filter(isCode);
/** What is shipped. */
export const product = code.filter(({ path: file }) => /^(shared|services)\//.test(file));
