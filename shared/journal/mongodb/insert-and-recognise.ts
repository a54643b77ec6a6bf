import type { Inserted } from '../journal.ts';
import type { Commands } from './commands.ts';
import { answerUnclear } from './failures.ts';
import { insertDocuments } from './insert-documents.ts';

/** A taken key without a document is one that is being deleted at this moment; more than twice is something else. */
const ROUNDS_MAX = 3;

export interface Recognition<Stored> {
  readonly operation: string;
  readonly collection: string;
  /** The fields that `isOwn` compares. */
  readonly fields: readonly (keyof Stored & string)[];
  isOwn(document: Stored, found: Stored): boolean;
}

/**
 * Inserts documents and tells for each whether its key is the writer's: inserted now, or earlier, by an insert whose answer
 * was lost. Only where a key was taken is the document read that has it; "taken" is answered when that is on a majority.
 */
export async function insertAndRecognise<Stored extends { readonly _id: string }>(
  commands: Commands,
  documents: readonly Stored[],
  recognition: Recognition<Stored>,
): Promise<readonly Inserted[]> {
  const { operation, collection } = recognition;
  const results = documents.map((): Inserted => 'inserted');
  let pending = documents.map((document, index) => ({ document, index }));
  for (let round = 1; ; round += 1) {
    const inserting = pending.map(({ document }) => document);
    const taken = new Set(await insertDocuments(commands, operation, collection, inserting));
    if (taken.size === 0) return results;
    if (round > ROUNDS_MAX) throw answerUnclear(operation, 'a key is taken, and no document has it');
    pending = pending.filter((_, position) => taken.has(position));
    const found = await readTaken(commands, inserting, recognition);
    for (const { document, index } of pending) {
      const other = found.get(document._id);
      if (other && !recognition.isOwn(document, other)) results[index] = 'duplicate';
    }
    pending = pending.filter(({ document }) => !found.has(document._id));
  }
}

async function readTaken<Stored extends { readonly _id: string }>(
  commands: Commands,
  documents: readonly Stored[],
  { operation, collection, fields }: Recognition<Stored>,
): Promise<ReadonlyMap<string, Stored>> {
  const found = await commands.readBack<Stored>(operation, {
    find: collection,
    filter: { _id: { $in: documents.map(({ _id }) => _id) } },
    projection: Object.fromEntries(fields.map((field) => [field, 1])),
    batchSize: documents.length,
    singleBatch: true,
  });
  return new Map(found.map((document) => [document._id, document]));
}
