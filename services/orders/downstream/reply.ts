import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

const BODY_BYTES_MAX = 64 * 1024;

/** What goes back over HTTP: one JSON document, or lines of JSON. */
export type Reply = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } & (
  | { readonly body: Readonly<Record<string, unknown>> }
  | { readonly lines: Iterable<string> }
);

export function writeReply(response: ServerResponse, reply: Reply): void {
  if ('lines' in reply) {
    response.writeHead(reply.status, { ...reply.headers, 'content-type': 'application/x-ndjson' });
    Readable.from(reply.lines).pipe(response);
    return;
  }
  response.writeHead(reply.status, { ...reply.headers, 'content-type': 'application/json' });
  response.end(JSON.stringify(reply.body));
}

/** The whole body; undefined when it has more than 64 KiB, which are then read and forgotten. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    // Without an encoding set, a request's chunks are buffers.
    const buffer = chunk as Buffer;
    bytes += buffer.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(buffer);
  }
  return bytes <= BODY_BYTES_MAX ? Buffer.concat(chunks).toString('utf8') : undefined;
}
