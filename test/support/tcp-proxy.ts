import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

/**
 * A TCP proxy on loopback that breaks what passes through it: connections reset, or swallowed by a black hole (neither end
 * learns anything), or refused, until it is told to resume.
 */
export class TcpProxy {
  private readonly target: { readonly host: string; readonly port: number };
  private readonly server: Server;
  private readonly pairs = new Set<Pair>();
  private isSwallowing = false;
  private isRefusing = false;
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

  /** From now on nothing passes in either direction, and nobody is told; new connections open, and hang. */
  blackHole(): void {
    this.isSwallowing = true;
    for (const { client, upstream } of this.pairs) {
      client.pause();
      upstream.pause();
    }
  }

  /** From now on new connections are reset at once. */
  refuse(): void {
    this.isRefusing = true;
  }

  /** All passes again; what a black hole has held back arrives late. */
  resume(): void {
    this.isSwallowing = false;
    this.isRefusing = false;
    for (const { client, upstream } of this.pairs) {
      client.resume();
      upstream.resume();
    }
  }

  async close(): Promise<void> {
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
    this.pipe(pair, client, upstream, (bytes) => {
      this.sent += bytes;
    });
    this.pipe(pair, upstream, client, (bytes) => {
      this.received += bytes;
    });
    if (this.isSwallowing) upstream.pause();
    else client.resume();
  }

  private pipe(pair: Pair, from: Socket, to: Socket, count: (bytes: number) => void): void {
    from.on('data', (chunk) => {
      to.write(chunk);
      count(chunk.length);
      this.onPassed?.();
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

/**
 * Resets it. One that is saying goodbye cannot be reset: the platform takes it for closed then, and the process spins at its end,
 * waiting for it.
 */
function cut(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
