import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';

const LOWEST = 20_000;
const ATTEMPTS = 200;

/**
 * Picks a free port on the loopback address for each name. Ports are taken from below the range that the system hands
 * out to outgoing connections: from inside it, a client that dials a stopped server may be given the server's own
 * port, connect to itself, and keep the server from coming back.
 */
export async function pickPorts(names: readonly string[]): Promise<Record<string, number>> {
  const picked: Record<string, number> = {};
  const highest = lowestOutgoingPort();
  for (const name of names) picked[name] = await pickPort(highest, new Set(Object.values(picked)));
  return picked;
}

/** Whether a server of ours could listen there now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** Whether something accepts connections there; asks without binding, so it cannot be in the way of who wants to. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const answer = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

async function pickPort(highest: number, taken: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST, highest);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port found between ${LOWEST} and ${highest} on 127.0.0.1: close some listening programs`);
}

function lowestOutgoingPort(): number {
  const usual = 32_768;
  try {
    const lowest = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
    return lowest > LOWEST + 1_000 ? lowest : usual;
  } catch {
    return usual;
  }
}
