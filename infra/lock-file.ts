// Completes package-lock.json after a change of the dependencies:
//   node infra/run.mjs infra/lock-file.ts
// npm writes down the native packages of the platforms that the registry at hand offers, and then `npm ci`, which the
// container image is built with, refuses the file wherever another registry offers more of them. This adds what is
// missing: versions come from the packages that ask for them, platforms from the names, which all follow one form.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

const FILE = resolve(import.meta.dirname, '../package-lock.json');
const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['loong64', 'ppc64', 'riscv64', 's390x', 'arm64', 'arm', 'x64', 'ia32'];

const objects = z.record(z.string(), z.unknown());
const asking = z.object({
  optionalDependencies: z.record(z.string(), z.string()).optional(),
  dev: z.boolean().optional(),
});
type Entries = Record<string, unknown>;

/** The entries that a lock file lacks, by their path in it. */
export function missingEntries(packages: Entries): Entries {
  const missing: Entries = {};
  for (const value of Object.values(packages)) {
    const { optionalDependencies = {}, dev } = asking.parse(value);
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const path = `node_modules/${name}`;
      if (!(path in packages)) missing[path] = nativeEntry(name, version, dev === true);
    }
  }
  return missing;
}

/** The lock file and the packages in it, with all fields in their order. */
export function readLockFile(): { readonly lock: Entries; readonly packages: Entries } {
  const lock = objects.parse(JSON.parse(readFileSync(FILE, 'utf8')));
  return { lock, packages: objects.parse(lock['packages']) };
}

function nativeEntry(name: string, version: string, dev: boolean): Entries {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.find((system) => words.includes(system));
  const cpu = PROCESSORS.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined) {
    throw new Error(`the name of ${name} does not say its platform: add its entry to package-lock.json by hand`);
  }
  const musl = words.some((word) => word.startsWith('musl'));
  // In the order in which npm writes the fields, so that its next install changes nothing here.
  return { version, cpu: [cpu], ...(dev && { dev }), ...(musl && { libc: ['musl'] }), optional: true, os: [os] };
}

if (process.argv[1] === import.meta.filename) {
  const { lock, packages } = readLockFile();
  const missing = missingEntries(packages);
  const all = Object.entries({ ...packages, ...missing }).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(FILE, `${JSON.stringify({ ...lock, packages: Object.fromEntries(all) }, undefined, 2)}\n`);
  console.log(`${Object.keys(missing).length} entries added to package-lock.json`);
}
