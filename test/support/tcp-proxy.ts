import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

/** What a fault concerns: what the clients send, what they receive, or both. */
export type Direction = 'sent' | 'received' | 'both';

/** How slowly chunks pass. */
export interface Pace {
  readonly direction: Direction;
  /** Each chunk comes so much later, milliseconds. */
  readonly delayMs?: number;
  readonly bytesPerSecond?: number;
}

/**
 * A TCP proxy on loopback that breaks what passes through it: connections reset, or half-open, or swallowed by a black hole (neither end
 * learns anything), or slow, or refused, until it is told to resume.
 */
export class TcpProxy {
  private readonly target: { readonly host: string; readonly port: number };
  private readonly server: Server;
  private readonly pairs = new Set<Pair>();
  private swallowed: Direction | undefined;
  private isRefusing = false;
  private pace: Pace | undefined;
  /** Clients whose other end is gone without their knowing. */
  private readonly widowed = new Set<Socket>();
  /** Chunks on their slow way. */
  private readonly underWay = new Map<NodeJS.Timeout, () => void>();
  /** Connections accepted so far. */
  accepted = 0;
  /** Bytes that passed from the clients to the target, and back. */
  sent = 0;
  received = 0;
  /** Called with the counts after every chunk that passed. */
  onPassed: (() => void) | undefined;

  private constructor(target: { host: string; port: number }) {
    this.target = target;
    // A half-closed connection stays half-closed: the proxy must not be kinder than the network.
    this.server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => this.accept(client));
  }

  /** A proxy to the host and port of this URL. */
  static async to(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const proxy = new TcpProxy({ host: hostname, port: Number(port) });
    await new Promise<void>((resolve) => {
      proxy.server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    // Listening on TCP, it has an address with a port.
    return (this.server.address() as AddressInfo).port;
  }

  /** The same URL, through the proxy. */
  through(url: string): string {
    const rewritten = new URL(url);
    rewritten.hostname = '127.0.0.1';
    rewritten.port = String(this.port);
    return rewritten.href;
  }

  get openConnections(): number {
    return this.pairs.size;
  }

  /** Resets every open connection, on both sides. */
  reset(): void {
    for (const pair of this.pairs) this.end(pair);
  }

  /** The target's ends are gone, and the clients are not told: they learn it when they send something after `resume`. */
  halfOpen(): void {
    for (const pair of this.pairs) {
      this.pairs.delete(pair);
      pair.client.removeAllListeners('data').pause();
      this.widowed.add(pair.client);
      if (!pair.upstream.destroyed) cut(pair.upstream);
    }
    this.swallowed = 'both';
  }

  /** From now on nothing passes in that direction, and nobody is told; new connections open, and hang. */
  blackHole(direction: Direction = 'both'): void {
    this.swallowed = direction;
    for (const pair of this.pairs) this.hold(pair);
  }

  /** From now on everything takes its time. */
  slow(pace: Pace): void {
    this.pace = pace;
  }

  /** From now on new connections are reset at once. */
  refuse(): void {
    this.isRefusing = true;
  }

  /** All passes again; what a black hole has held back arrives late. */
  resume(): void {
    this.swallowed = undefined;
    this.isRefusing = false;
    this.pace = undefined;
    for (const client of this.widowed) if (!client.destroyed) cut(client);
    this.widowed.clear();
    for (const [timer, pass] of this.underWay) {
      clearTimeout(timer);
      pass();
    }
    this.underWay.clear();
    for (const { client, upstream } of this.pairs) {
      client.resume();
      upstream.resume();
    }
  }

  async close(): Promise<void> {
    this.resume();
    this.reset();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private accept(client: Socket): void {
    this.accepted++;
    if (this.isRefusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ ...this.target, allowHalfOpen: true });
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    const pair = { client, upstream };
    this.pairs.add(pair);
    this.pipe(pair, 'sent');
    this.pipe(pair, 'received');
    client.resume();
    this.hold(pair);
  }

  private hold({ client, upstream }: Pair): void {
    if (concerns(this.swallowed, 'sent')) client.pause();
    if (concerns(this.swallowed, 'received')) upstream.pause();
  }

  private pipe(pair: Pair, way: 'sent' | 'received'): void {
    const [from, to] = way === 'sent' ? [pair.client, pair.upstream] : [pair.upstream, pair.client];
    const pass = (chunk: Buffer): void => {
      to.write(chunk);
      this[way] += chunk.length;
      this.onPassed?.();
    };
    from.on('data', (chunk) => {
      const { direction, delayMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = this.pace ?? {};
      if (!concerns(direction, way)) return pass(chunk);
      // One chunk at a time, so that they stay in order.
      from.pause();
      const timer = setTimeout(
        () => {
          this.underWay.delete(timer);
          pass(chunk);
          from.resume();
          this.hold(pair);
        },
        delayMs + (chunk.length * 1_000) / bytesPerSecond,
      );
      this.underWay.set(timer, () => pass(chunk));
    });
    from.on('end', () => to.end());
    from.on('error', () => this.end(pair));
    // After a goodbye in good order the other end may still have bytes to send.
    from.on('close', (hadError) => {
      if (hadError || to.destroyed) this.end(pair);
    });
  }

  private end(pair: Pair): void {
    if (!this.pairs.delete(pair)) return;
    for (const socket of [pair.client, pair.upstream]) if (!socket.destroyed) cut(socket);
  }
}

const concerns = (direction: Direction | undefined, way: 'sent' | 'received'): boolean =>
  direction === way || direction === 'both';

/**
 * Resets it. One that is saying goodbye cannot be reset: the platform takes it for closed then, and the process spins at its end,
 * waiting for it.
 */
function cut(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
