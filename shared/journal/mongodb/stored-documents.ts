import type { Attempt, DefinitionRecord, Head, Snapshot, StationRecord } from '../records.ts';
import type { NotificationRecord } from '../wait-records.ts';
import { fromStoredJson, type StoredJson, toStoredJson } from './stored-json.ts';

// Documents as the collections have them, where they differ from the records. On the hot path the usual case copies
// nothing: what can be stored as it is is the record itself.

export type StoredHead = Omit<Head, 'input'> & { readonly input: StoredJson };
export type StoredSnapshot = Omit<Snapshot, 'changes' | 'data'> & {
  readonly changes: StoredJson;
  readonly data: StoredJson;
};

export function toStoredHead(head: Head): StoredHead {
  const input = toStoredJson(head.input);
  return input === head.input ? head : { ...head, input };
}

export const fromStoredHead = (head: StoredHead): Head => ({ ...head, input: fromStoredJson(head.input) });

export type StoredAttempt = Omit<Attempt, 'data'> & { readonly data?: StoredJson };

/** Only an operator's attempt has data. */
export const toStoredAttempt = (attempt: Attempt): StoredAttempt =>
  attempt.data === undefined ? attempt : { ...attempt, data: toStoredJson(attempt.data) };

export function fromStoredAttempt({ data, ...attempt }: StoredAttempt): Attempt {
  return data === undefined ? attempt : { ...attempt, data: fromStoredJson(data) };
}

export type StoredNotification = Omit<NotificationRecord, 'data'> & { readonly data: StoredJson };

export const toStoredNotification = (notification: NotificationRecord): StoredNotification => ({
  ...notification,
  data: toStoredJson(notification.data),
});

export const fromStoredNotification = (stored: StoredNotification): NotificationRecord => ({
  ...stored,
  data: fromStoredJson(stored.data),
});

export function toStoredSnapshot(snapshot: Snapshot): StoredSnapshot {
  const changes = toStoredJson(snapshot.changes);
  const data = toStoredJson(snapshot.data);
  return changes === snapshot.changes && data === snapshot.data ? snapshot : { ...snapshot, changes, data };
}

export const fromStoredSnapshot = (snapshot: StoredSnapshot): Snapshot => ({
  ...snapshot,
  changes: fromStoredJson(snapshot.changes),
  data: fromStoredJson(snapshot.data),
});

/**
 * Definitions and contracts hold JSON Schemas, whose keys begin with `$` as a rule: they are always text, so that all of
 * them look the same.
 */
export type StoredDefinition = Omit<DefinitionRecord, 'definition'> & { readonly definition: string };
export type StoredStation = Omit<StationRecord, 'contract'> & { readonly contract: string };

export const toStoredDefinition = (record: DefinitionRecord): StoredDefinition => ({
  ...record,
  definition: JSON.stringify(record.definition),
});

export const fromStoredDefinition = (stored: StoredDefinition): DefinitionRecord => ({
  ...stored,
  // The text was written by `toStoredDefinition`.
  definition: JSON.parse(stored.definition) as DefinitionRecord['definition'],
});

export const toStoredStation = (record: StationRecord): StoredStation => ({
  ...record,
  contract: JSON.stringify(record.contract),
});

export const fromStoredStation = (stored: StoredStation): StationRecord => ({
  ...stored,
  // The text was written by `toStoredStation`.
  contract: JSON.parse(stored.contract) as StationRecord['contract'],
});
