/** The journal's ids are in the order of what they number: so each number in them has its digits. */
const FIVE_DIGITS = 99_999;

/** Every limit of the engine, with its reason. Beyond one is a terminal refusal that names the field and the bytes. */
export const LIMITS = {
  /** The data is written at every step and carried over every hop: 64 KiB keeps a step cheap. */
  dataBytes: 64 * 1024,
  /** Above this the data is not carried in the message but read from the last snapshot. */
  inlineDataBytes: 64 * 1024,
  /** A message delayed for longer than this travels without data: the ladder's queues stay small. */
  inlineDelayMs: 10_000,
  /** Deeper nesting is an attack or a mistake, and costs stack in every parser on the way. */
  depth: 32,
  /** Steps are written with five digits; a definition has no cycle, so this bounds its states, and the steps of a way through it. */
  steps: 500,
  /** A way through and all of it undone: the steps that a history can have. */
  history: 1_000,
  /** A business key is indexed and becomes a label on a board. */
  businessKeyBytes: 256,
  /** Free text (reasons, messages of errors) is cut to this, so that a log line or a document stays a line. */
  textBytes: 256,
  /** `id` and `source` of an event are hashed; longer ones are not identifiers. */
  eventAttributeBytes: 1024,
  /** One message from outside: start data plus the envelope around it. */
  eventBytes: 128 * 1024,
  /** A whole envelope: inline data plus what is around it. */
  envelopeBytes: 128 * 1024,
  /** A ticket: names and numbers, no data. */
  ticketBytes: 4 * 1024,
  /** The broker closes a channel whose delivery is unacknowledged for 30 minutes; an action must end well before. */
  timeoutMs: 20 * 60_000,
  /** After its timeout an action has this long to notice its abort signal before its attempt is settled without it. */
  abortGraceMs: 5_000,
  /** A lost attempt is not the action's failure. After this many of one step it is performed alone in its process. */
  lossesBeforeAlone: 3,
  /** Versions are written with five digits. */
  versions: FIVE_DIGITS,
  /** A definition is read by every worker and drawn on a screen. */
  definitionBytes: 256 * 1024,
  /** The JSON Schema of a definition's input: it is held against everything that leads to a state. */
  inputSchemaBytes: 32 * 1024,
  /** Steps that matching a pattern of a definition's input may take at most, on the longest text: a fraction of a second. */
  patternSteps: 10_000_000,
  /** A CEL condition is read by people on a drawing. */
  conditionBytes: 1024,
  /** Nodes of a condition's syntax tree, and how deep they nest. */
  conditionNodes: 256,
  conditionDepth: 16,
  /** Items of a list that is written into a condition. */
  conditionItems: 100,
  /** Operations that the conditions of one state may cost at most, on the largest data: some 30 ms of the event loop. */
  conditionCost: 1_000_000,
  /** A state with more ways out is a table, and belongs into an action. */
  choices: 32,
  /** More at once in one process is a typing mistake; the broker holds a prefetch as large. */
  concurrency: 10_000,
  /** Well below the attempts that five digits can number, which lost workers and deploys use up, too. */
  maxAttempts: 10_000,
  /** No retry waits longer: the delay ladder reaches a multiple of it. */
  backoffMs: 30 * 86_400_000,
  /** Attempts are written with five digits. */
  attempts: FIVE_DIGITS,
  /** No wait, poll or deadline is further away: the delay ladder reaches a little more. */
  waitMs: 300 * 86_400_000,
  /** Each is a schema in the stored contract; an action that needs more is several. */
  notifications: 32,
  /** Waits that one call asks about: each brings its input. */
  gather: 10_000,
  /** A call that gathers for longer than this holds the waits that came first. */
  gatherMs: 60_000,
  /** Why a cancellation was asked for, why a state refuses: shown on a line. */
  reasonBytes: 256,
} as const;

/** Cuts free text to `LIMITS.textBytes` bytes of UTF-8, on a character's border, with an ellipsis where it was cut. */
export function cutText(text: string): string {
  if (Buffer.byteLength(text) <= LIMITS.textBytes) return text;
  const bytes = Buffer.from(text).subarray(0, LIMITS.textBytes - 3);
  return `${bytes.toString('utf8').replace(/�+$/, '')}…`;
}
