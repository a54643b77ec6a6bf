import type { ActionContract } from '../../core/action.ts';
import type { DefinitionRecord, StationRecord } from '../records.ts';

/** Definitions and stations. */
export interface RegistryJournal {
  /** `same`: registered before with this content, perhaps by this call · `conflict`: with another. Activates what it inserts. */
  registerDefinition(record: DefinitionRecord): Promise<'registered' | 'same' | 'conflict'>;
  findDefinition(name: string, version: number): Promise<DefinitionRecord | null>;
  /** The highest active version. */
  latestDefinition(name: string): Promise<DefinitionRecord | null>;
  listDefinitions(): Promise<readonly DefinitionRecord[]>;
  /** @param from the worker that is about to host it, or a definition that brings the contract: that says nothing of a queue */
  writeStation(contract: ActionContract, at: Date, from: 'worker' | 'definition'): Promise<void>;
  /** Everything sent to this station before `sentAt` has been taken. The latest stands; an unknown station is passed over. */
  recordProgress(action: string, sentAt: Date): Promise<void>;
  listStations(): Promise<readonly StationRecord[]>;
}
