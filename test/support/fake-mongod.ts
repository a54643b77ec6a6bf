import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { BSON } from 'mongodb';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER_BYTES = 16;

type Document = Readonly<Record<string, unknown>>;
/** What to answer to a command: a reply, or silence, or the connection's end. */
export type Answer = Document | 'silence' | 'reset';

const HELLO: Document = {
  isWritablePrimary: true,
  helloOk: true,
  minWireVersion: 0,
  maxWireVersion: 17,
  maxBsonObjectSize: 16 * 1024 ** 2,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30,
};

/**
 * Speaks as much of MongoDB's protocol as a driver needs to send its commands, and answers them as a test says: for what a real
 * server does only in the middle of an election.
 */
export class FakeMongod {
  /** The commands that came, without those by which the driver watches the server. */
  readonly received: Document[] = [];
  /** Fields of the answer to `hello`, beside the usual ones. */
  hello: Document = { setName: 'fake', hosts: [] };
  /** Answers by the name of the command; `{ ok: 1 }` where there is none. */
  readonly answers = new Map<string, (command: Document) => Answer>();
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor() {
    this.server = createServer((socket) => this.serve(socket));
  }

  static async start(): Promise<FakeMongod> {
    const fake = new FakeMongod();
    await new Promise<void>((resolve) => {
      fake.server.listen(0, '127.0.0.1', resolve);
    });
    return fake;
  }

  get url(): string {
    // Listening on TCP, it has an address with a port.
    const { port } = this.server.address() as AddressInfo;
    return `mongodb://127.0.0.1:${port}/?directConnection=true`;
  }

  /** How many commands of this name came. */
  count(name: string): number {
    return this.received.filter((command) => name in command).length;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= HEADER_BYTES && pending.length >= pending.readInt32LE(0)) {
        const length = pending.readInt32LE(0);
        this.take(socket, pending.subarray(0, length));
        pending = pending.subarray(length);
      }
    });
  }

  private take(socket: Socket, message: Buffer): void {
    const opCode = message.readInt32LE(12);
    const command = BSON.deserialize(message.subarray(bodyAt(message, opCode)));
    const answer = this.answer(command);
    if (answer === 'silence') return;
    if (answer === 'reset') socket.resetAndDestroy();
    else socket.write(reply(message.readInt32LE(4), opCode, { ok: 1, ...answer }));
  }

  private answer(command: Document): Answer {
    const [name = ''] = Object.keys(command);
    if (name === 'hello' || name === 'ismaster' || name === 'isMaster') {
      return { ...HELLO, ismaster: true, ...this.hello };
    }
    this.received.push(command);
    return this.answers.get(name)?.(command) ?? {};
  }
}

/** Where the command begins: behind the flags, and the name of the collection or the kind of the section. */
function bodyAt(message: Buffer, opCode: number): number {
  if (opCode === OP_MSG) return HEADER_BYTES + 5;
  if (opCode === OP_QUERY) return message.indexOf(0, HEADER_BYTES + 4) + 1 + 8;
  throw new Error(`the driver sent an operation of kind ${opCode}`);
}

function reply(requestId: number, opCode: number, document: Document): Buffer {
  const body = BSON.serialize(document);
  // Behind the header: OP_MSG has flags and the kind of its section; OP_REPLY flags, a cursor, an offset and a count.
  const front = Buffer.alloc(HEADER_BYTES + (opCode === OP_MSG ? 5 : 20));
  front.writeInt32LE(front.length + body.length, 0);
  front.writeInt32LE(requestId, 8);
  front.writeInt32LE(opCode === OP_MSG ? OP_MSG : OP_REPLY, 12);
  if (opCode !== OP_MSG) front.writeInt32LE(1, HEADER_BYTES + 16);
  return Buffer.concat([front, body]);
}
