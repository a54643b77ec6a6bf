// Packages from the distribution, without letting them change what the machine runs: Debian's packages start their service
// when they are installed, unless /usr/sbin/policy-rc.d forbids it. The script below forbids it for as long as it
// works and puts back what it found, also after a run that was killed in between.
import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { ServersUnavailable, USE_EXISTING_SERVERS } from './errors.ts';

const execute = promisify(execFile);

const INSTALL = `
policy=/usr/sbin/policy-rc.d
saved=$policy.before-conveyor
mark='# Written while Conveyor installs packages; removed at the end.'
mkdir -p /run/lock && exec 9>/run/lock/conveyor-apt && flock 9
restore() {
  if grep -qs "$mark" "$policy"; then rm -f "$policy"; fi
  if [ -e "$saved" ]; then mv -f "$saved" "$policy"; fi
}
restore
trap restore EXIT
trap 'exit 130' INT TERM HUP
if [ -e "$policy" ]; then mv "$policy" "$saved"; fi
printf '#!/bin/sh\\n%s\\nexit 101\\n' "$mark" >"$policy"
chmod 755 "$policy"
new=
for unit in rabbitmq-server.service epmd.service epmd.socket; do
  [ -e "/lib/systemd/system/$unit" ] || new="$new $unit"
done
export DEBIAN_FRONTEND=noninteractive
get() { apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"; }
# The lists of a fresh machine are empty and those of an old one name files that are gone: then, and only then, update.
get "$@" || { apt-get update -q && get "$@"; } || exit 1
# Nor may what came with the packages start with the next boot.
for unit in $new; do
  name=\${unit%.*}
  if [ -e "/etc/init.d/$name" ]; then update-rc.d "$name" disable; fi
  if command -v systemctl >/dev/null; then systemctl disable "$unit"; fi
done 2>&1 || true
`;

/** Why packages cannot be installed on this machine, or undefined when they can. */
export async function whyNoApt(): Promise<string | undefined> {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) {
    return 'this is not a Debian or Ubuntu machine (there is no /usr/bin/apt-get)';
  }
  if (isRoot()) return undefined;
  try {
    await execute('sudo', ['-n', 'true']);
    return undefined;
  } catch {
    return 'installing packages needs root, and sudo asks for a password or is missing';
  }
}

/** Installs packages and starts none of their services. The output goes to the log file. */
export async function installPackages(packages: readonly string[], logFile: string): Promise<void> {
  const reason = await whyNoApt();
  if (reason !== undefined) {
    throw new ServersUnavailable(`${packages.join(', ')} cannot be installed: ${reason}. ${USE_EXISTING_SERVERS}`);
  }
  const script = ['sh', '-c', INSTALL, 'install', ...packages];
  const code = await run(isRoot() ? script : ['sudo', '-n', ...script], logFile);
  if (code === 0) return;
  throw new ServersUnavailable(
    `apt-get could not install ${packages.join(', ')} (full output: ${logFile}). Its last words:\n${lastLines(logFile)}`,
  );
}

/** The end of a log, for an error message. */
export function lastLines(file: string, count = 12): string {
  if (!existsSync(file)) return '(no output)';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

/** Runs a program with its output appended to a file; resolves to the exit code. */
export function run(command: readonly string[], logFile: string): Promise<number> {
  const [file = '', ...args] = command;
  const log = openSync(logFile, 'a');
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: ['ignore', log, log] });
    const finish = (code: number) => {
      closeSync(log);
      resolve(code);
    };
    child.once('error', () => finish(127));
    child.once('exit', (code) => finish(code ?? 1));
  });
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
