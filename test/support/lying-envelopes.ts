// Envelopes that are well-formed and cannot be true: for a workflow of two steps, `placed` → pack → `packed` → send → `sent`.
import type { Envelope } from '../../shared/contract/envelope.ts';

/** Workflows about which something is said that is not true. */
export interface Victims {
  /** Of a workflow that ended. */
  readonly ended: string;
  /** Of a workflow that is parked at its first step. */
  readonly parked: string;
  /** Of no workflow. */
  readonly nobody: string;
}

/** What becomes of a lie. */
export type Fate =
  /** Set aside: by this code, with this reason. */
  | { readonly code: string; readonly reason: RegExp }
  /** Recorded as an attempt that is parked, or that lost against the truth. */
  | { readonly attempt: 'parked' | 'void'; readonly because?: string }
  /** Acknowledged: it says what has long been done. */
  | 'nothing';

export interface Lie {
  readonly what: string;
  readonly envelope: Envelope;
  /** The station that it is sent to, where that is not the one of its action. */
  readonly station?: string;
  readonly fate: Fate;
}

const INVALID = 'envelope-invalid';

/** @param data what `pack` can take */
export function lies(
  { ended, parked, nobody }: Victims,
  data: NonNullable<Envelope['data']>,
  now: number,
): readonly Lie[] {
  const truth: Envelope = {
    specversion: '1.0',
    workflowId: ended,
    workflow: 'parcel',
    version: 1,
    businessKey: 'lie',
    step: 1,
    attempt: 1,
    failures: 0,
    kind: 'run',
    action: 'pack',
    state: 'placed',
    data,
    sentAt: now,
  };
  const { data: _data, ...bare } = truth;
  const second = { step: 2, action: 'send', state: 'packed' };
  const removed: Fate = { code: 'workflow-removed', reason: new RegExp(`^Workflow ${nobody} is not in the journal`) };
  const invalid = (reason: RegExp): Fate => ({ code: INVALID, reason });
  return [
    { what: 'no workflow, no data', envelope: { ...bare, workflowId: nobody }, fate: removed },
    { what: 'no workflow, no data, a later step', envelope: { ...bare, ...second, workflowId: nobody }, fate: removed },
    { what: 'no workflow, very old', envelope: { ...truth, workflowId: nobody, sentAt: 0 }, fate: removed },
    { what: 'an unknown definition', envelope: { ...truth, workflowId: nobody, workflow: 'letter' }, fate: removed },
    { what: 'an unknown version', envelope: { ...truth, workflowId: nobody, version: 99_999 }, fate: removed },
    {
      what: 'a definition that is not its own',
      envelope: { ...truth, step: 3, workflow: 'constructor' },
      fate: invalid(/^workflow: constructor version 1, but \S+ is one of parcel version 1$/),
    },
    {
      what: 'a version that is not its own',
      envelope: { ...truth, step: 3, version: 2 },
      fate: invalid(/^workflow: parcel version 2, but \S+ is one of parcel version 1$/),
    },
    {
      what: 'a state that does not exist',
      envelope: { ...truth, state: 'unpacked' },
      fate: invalid(/^state: parcel version 1 has no state "unpacked"$/),
    },
    {
      what: 'a state that every object has',
      envelope: { ...truth, state: 'constructor' },
      fate: invalid(/^state: parcel version 1 has no state "constructor"$/),
    },
    {
      what: 'a state that is an end',
      envelope: { ...truth, step: 3, state: 'sent' },
      fate: invalid(/^state: "sent" is an end/),
    },
    {
      what: 'an action that its state does not offer',
      envelope: { ...truth, step: 2, state: 'packed' },
      fate: invalid(/^action: state "packed" of parcel version 1 does not offer "pack"$/),
    },
    {
      what: 'a step far ahead',
      envelope: { ...truth, step: 400 },
      fate: invalid(/^step: 400, but state "placed" .* left by step 1$/),
    },
    {
      what: 'a step before its state',
      envelope: { ...truth, ...second, step: 1 },
      fate: invalid(/^step: 1, but .* left by step 2$/),
    },
    {
      what: 'a step whose data nobody has',
      envelope: { ...bare, ...second, workflowId: parked },
      fate: invalid(/^step: 2, but the journal has no step 1$/),
    },
    {
      what: 'another station',
      envelope: { ...truth, ...second },
      station: 'pack',
      fate: {
        code: 'envelope-foreign',
        reason: /^The envelope names action "send", but came to the station of "pack"\.$/,
      },
    },
    {
      what: 'an action without a station',
      envelope: { ...truth, action: 'shred' },
      station: 'pack',
      fate: { code: 'envelope-foreign', reason: /"shred"/ },
    },
    { what: 'what has long been done', envelope: truth, fate: 'nothing' },
    {
      what: 'what has long been done, from the future',
      envelope: { ...truth, ...second, sentAt: Number.MAX_SAFE_INTEGER },
      fate: 'nothing',
    },
    { what: 'the last attempt that has a number', envelope: { ...truth, attempt: 99_999 }, fate: { attempt: 'void' } },
    { what: 'what is parked', envelope: { ...truth, workflowId: parked }, fate: 'nothing' },
    {
      what: 'data that the action cannot take',
      envelope: { ...truth, workflowId: nobody, data: { weight: 'much' } },
      fate: { attempt: 'parked', because: 'input-invalid' },
    },
  ];
}
