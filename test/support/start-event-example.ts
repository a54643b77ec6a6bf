import { readFileSync } from 'node:fs';
import path from 'node:path';

const FILE = path.resolve(import.meta.dirname, '../../examples/start-event.py');

/** The start event that the README shows: its literal in Python is JSON, too, and must stay it. */
export function exampleEvent(): Buffer {
  const program = readFileSync(FILE, 'utf8');
  const literal = /^EVENT = (\{$.*?^\})$/ms.exec(program)?.[1];
  if (literal === undefined) throw new Error(`${FILE} has no EVENT`);
  JSON.parse(literal);
  return Buffer.from(literal);
}
