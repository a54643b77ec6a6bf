// Writes the documents that are made from the code: `npm run contract`.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { documents } from './documents.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

for (const [file, content] of documents(root)) {
  const target = path.join(root, file);
  const isCurrent = existsSync(target) && readFileSync(target, 'utf8') === content;
  if (!isCurrent) {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  console.log(`${isCurrent ? 'current' : 'written'}  ${file}`);
}
