// The processes of one server: the server itself, which is the last role, and what it leans on, which comes first.
import { join } from 'node:path';
import { until } from './deadline.ts';
import { accepts } from './ports.ts';
import {
  type Command,
  ended,
  forgetProcess,
  isPaused,
  isRunning,
  type ProcessIdentity,
  recordedProcess,
  signal,
  startDetached,
} from './process.ts';

// RabbitMQ takes 6 s to end cleanly on two idle cores.
const STOPPED_WITHIN_MS = 30_000;
const KILLED_WITHIN_MS = 10_000;
const LISTENS_WITHIN_MS = 10_000;

export interface Member {
  readonly role: string;
  readonly command: Command;
  /** The next member is started only when this port accepts connections. */
  readonly listensOn?: number;
}

export class ProcessGroup {
  private readonly directory: string;
  private readonly roles: readonly string[];

  constructor(directory: string, roles: readonly [string, ...string[]]) {
    this.directory = directory;
    this.roles = roles;
  }

  /** The server's process while it runs. */
  main(): ProcessIdentity | undefined {
    const found = this.recorded(this.roles.at(-1));
    return found !== undefined && isRunning(found) ? found : undefined;
  }

  async start(members: readonly Member[]): Promise<void> {
    for (const { role, command, listensOn } of members) {
      startDetached(command, this.recordFile(role));
      if (listensOn === undefined) continue;
      await until(async () => (await accepts(listensOn)) || undefined, {
        what: `${role} to listen on port ${listensOn}`,
        withinMs: LISTENS_WITHIN_MS,
      });
    }
  }

  /** Ends all members, the server first. SIGTERM is followed by SIGKILL when it does not help. */
  async end(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    for (const role of this.roles.toReversed()) {
      const member = this.recorded(role);
      if (member !== undefined) await endMember(member, how);
      forgetProcess(this.recordFile(role));
    }
  }

  /** Ends the server and leaves what it leans on: what a crash does. */
  async killMain(): Promise<void> {
    const main = this.main();
    if (main !== undefined && signal(main, 'SIGKILL')) await ended(main, KILLED_WITHIN_MS);
  }

  /** Returns whether there was a server to pause. */
  async pauseMain(): Promise<boolean> {
    const main = this.main();
    if (main === undefined || !signal(main, 'SIGSTOP')) return false;
    await until(() => isPaused(main) || undefined, {
      what: `process ${main.pid} to pause`,
      withinMs: KILLED_WITHIN_MS,
    });
    return true;
  }

  /** Returns whether there was a server to resume. */
  resumeMain(): boolean {
    const main = this.main();
    return main !== undefined && signal(main, 'SIGCONT');
  }

  private recorded(role: string | undefined): ProcessIdentity | undefined {
    return role === undefined ? undefined : recordedProcess(this.recordFile(role));
  }

  private recordFile(role: string): string {
    return join(this.directory, `${role}.process.json`);
  }
}

async function endMember(member: ProcessIdentity, how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (!signal(member, how)) return;
  // A paused process sees the signal only when it goes on.
  signal(member, 'SIGCONT');
  try {
    await ended(member, STOPPED_WITHIN_MS);
  } catch {
    signal(member, 'SIGKILL');
    await ended(member, KILLED_WITHIN_MS);
  }
}
