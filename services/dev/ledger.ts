import { createInterface } from 'node:readline';
import { request } from 'undici';
import { z } from 'zod';
import { ACCOUNTS } from '../orders/downstream/books.ts';

const entrySchema = z.object({
  key: z.string(),
  endpoint: z.string(),
  orderId: z.string(),
  seen: z.int(),
  effected: z.int(),
  moved: z.partialRecord(z.enum(ACCOUNTS), z.int()),
});
export type LedgerEntry = z.output<typeof entrySchema>;

/** The downstream stub's ledger, by idempotency key. @throws Error when the stub does not answer */
export async function readLedger(downstreamUrl: string): Promise<Map<string, LedgerEntry>> {
  const { statusCode, body } = await request(`${downstreamUrl}/ledger`);
  if (statusCode !== 200) throw new Error(`GET ${downstreamUrl}/ledger answered ${statusCode}`);
  const entries = new Map<string, LedgerEntry>();
  for await (const line of createInterface({ input: body })) {
    const entry = entrySchema.parse(JSON.parse(line));
    entries.set(entry.key, entry);
  }
  return entries;
}
