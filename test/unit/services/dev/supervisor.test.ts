// Goal: what a container platform promises, with processes that do as they are told in a line or two of JavaScript.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { ProgramSpec } from '../../../../services/dev/child.ts';
import { Supervisor } from '../../../../services/dev/supervisor.ts';
import type { Timer } from '../../../../shared/core/clock.ts';
import { SystemClock } from '../../../../shared/runtime/clock.ts';
import { SeededRandom } from '../../../../shared/testing/seeded-random.ts';
import { eventually } from '../../../support/eventually.ts';

const READY = `console.log(JSON.stringify({ level: 'info', msg: 'ready', statusPort: 1234 }));`;
const STAYS = 'setInterval(() => {}, 1_000);';

const folder = mkdtempSync(path.join(tmpdir(), 'supervisor-'));
const leash = path.join(folder, 'leash.mjs');
// It has no types in it.
copyFileSync(path.resolve(import.meta.dirname, '../../../../services/dev/leash.ts'), leash);
afterAll(() => rmSync(folder, { recursive: true }));

/** Pauses and limits are a hundredth as long. */
class HastyClock extends SystemClock {
  override after(ms: number, action: () => void): Timer {
    return super.after(ms / 100, action);
  }
}

let supervisor: Supervisor;
let notes: string[];
let broken: Error | undefined;
function supervise(): Supervisor {
  notes = [];
  broken = undefined;
  supervisor = new Supervisor({
    clock: new HastyClock(),
    random: new SeededRandom(1),
    onNote: (line) => void notes.push(line),
    onBroken: (error) => {
      broken = error;
    },
  });
  return supervisor;
}
afterEach(() => supervisor.stop());

function program(name: string, code: string): ProgramSpec {
  const file = path.join(folder, `${name}.mjs`);
  writeFileSync(file, code);
  return { name, program: file, leash, env: {} };
}

describe('a supervisor', () => {
  it('starts a process, and knows when it is ready and where it tells about itself', async () => {
    const child = await supervise().keep(program('ready', READY + STAYS));
    expect([child.wasReady, child.statusPort, child.hasEnded]).toEqual([true, 1234, false]);
  });

  it('starts again what was killed, and says so', async () => {
    const first = await supervise().keep(program('killed', READY + STAYS));
    const victim = supervisor.killOne(() => true);
    expect(victim).toBe(first);
    await eventually(() => supervisor.children.some((child) => child !== first && child.wasReady));
    expect(notes).toEqual([expect.stringMatching(/^killed \(process \d+\) ended by SIGKILL: started again as \d+$/)]);
  });

  it('starts again what ends by itself, whatever its code', async () => {
    const counter = path.join(folder, 'count');
    const code = `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(counter)}, 'x'); ${READY}`;
    await supervise().keep(program('ends', `${code} setTimeout(() => process.exit(0), 5);`));
    await eventually(() => notes.filter((note) => note.includes('ended with code 0')).length >= 2);
  });

  it('gives up on what is never ready, with its last words', async () => {
    const never = supervise().keep(program('never', `console.error('no such port'); process.exit(3);`));
    await expect(never).rejects.toThrow(/never was not started:\nno such port/);
    expect(broken?.message).toMatch(/^never cannot be kept up, it ended with code 3:\nno such port/);
    expect(notes.filter((note) => note.includes('started again'))).toHaveLength(5);
  });

  it('tells what a process writes to standard error, and what it logs as an error', async () => {
    const said = `console.error('careful'); console.log(JSON.stringify({ level: 'error', msg: 'broken' }));`;
    await supervise().keep(program('says', `${said} console.log('chatter'); ${READY} ${STAYS}`));
    await eventually(() => notes.length === 2);
    expect(notes.sort()).toEqual(['says: careful', 'says: {"level":"error","msg":"broken"}']);
  });

  it('stops all of them, the first one last, and starts nothing any more', async () => {
    const log = path.join(folder, 'stops');
    const onStop = (name: string): string =>
      `import { appendFileSync } from 'node:fs';
       process.on('SIGTERM', () => setTimeout(() => { appendFileSync(${JSON.stringify(log)}, '${name} '); process.exit(0); }, 30));
       ${READY} ${STAYS}`;
    await supervise().keep(program('base', onStop('base')));
    await supervisor.keep(program('user', onStop('user')));
    await supervisor.stop();

    expect(supervisor.children).toEqual([]);
    expect(readFileSync(log, 'utf8')).toBe('user base ');
    expect(notes).toEqual([]);
  });

  it('kills what does not stop in time', async () => {
    await supervise().keep(program('deaf', `process.on('SIGTERM', () => {}); ${READY} ${STAYS}`));
    await supervisor.stop();
    expect(supervisor.children).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/^deaf .* did not stop in time: killed$/)]);
  });

  it('runs a process to its end; another code than 0 is an error, with its last words', async () => {
    const signal = new AbortController().signal;
    await supervise().run(program('done', ''), signal);
    await expect(supervisor.run(program('fails', `console.error('wrong'); process.exit(2)`), signal)).rejects.toThrow(
      /fails ended with code 2:\nwrong/,
    );
  });

  it('ends such a process early when it is told to, and that is no error', async () => {
    const stop = new AbortController();
    const running = supervise().run(program('long', STAYS), stop.signal);
    stop.abort();
    await running;
  });
});
