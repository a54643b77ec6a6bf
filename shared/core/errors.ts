/**
 * The catalogue of everything that can go wrong, by consequence. Branch on the code, never on the text. Codes are
 * part of the contract: they stand in metrics, in `conveyor.dead` headers and in `parked.code`, and are never reused.
 * A test compares this file with docs/errors.md in both directions.
 */
export const CONSEQUENCES = {
  /** The caller is told what is wrong; nothing has happened. */
  refused: 'refused',
  /** The message is set aside whole in `conveyor.dead`, with the code in its headers. */
  dead: 'dead',
  /** The workflow is kept whole and waits for an operator. */
  parked: 'parked',
  /** The attempt failed; the retry policy decides. */
  retried: 'retried',
  /** A server did not answer; the same is tried again. */
  unavailable: 'unavailable',
  /** The process must end: it may no longer act under its identity, or it is set up wrongly. */
  fatal: 'fatal',
} as const;
export type Consequence = keyof typeof CONSEQUENCES;

interface Entry {
  readonly consequence: Consequence;
  /** What the reader sees; `{name}` is filled from the details. Says what to do next. */
  readonly template: string;
}

export const CATALOGUE = {
  'duration-invalid': {
    consequence: 'refused',
    template: '{field}: "{value}" is not a duration; write e.g. "250ms", "10s", "5m", "2h" or "30d".',
  },
  'action-invalid': { consequence: 'refused', template: 'Action "{action}": {problem}' },
  'definition-invalid': { consequence: 'refused', template: 'Workflow definition "{workflow}": {problem}' },
  'condition-invalid': { consequence: 'refused', template: 'Condition "{condition}": {problem}' },
  'definition-conflict': {
    consequence: 'refused',
    template:
      'Workflow definition {workflow} version {version} is registered with other content. A registered version never changes: raise the version.',
  },
  'definition-unknown': {
    consequence: 'refused',
    template:
      'No workflow definition {workflow}{version} is registered. Register it with "conveyor definitions register", or see "conveyor definitions list".',
  },
  'actions-unknown': {
    consequence: 'refused',
    template:
      'Workflow definition "{workflow}" names actions that no worker has ever hosted: {actions}. Start their workers first, or correct the names.',
  },
  'module-invalid': { consequence: 'refused', template: 'Module {module}: {problem}' },
  'workflow-unknown': { consequence: 'refused', template: 'No workflow has the id or business key "{key}".' },
  'workflow-ambiguous': {
    consequence: 'refused',
    template: 'The business key "{key}" fits several workflows; name one by its id: {ids}',
  },
  'workflow-not-parked': {
    consequence: 'refused',
    template: 'Workflow {workflow} is {status}, not parked; there is nothing to take up.',
  },
  'workflow-undoing': {
    consequence: 'refused',
    template:
      'Workflow {workflow} is on its way back already: step {step}, which undoes step {undone}, is parked. Retry that.',
  },
  'edit-invalid': {
    consequence: 'refused',
    template: 'Step {step}, action "{action}", cannot go on with that data: {problem}',
  },
  'edit-overtaken': {
    consequence: 'refused',
    template:
      'Step {step} of workflow {workflow} was taken up already, with other data or another key. Retry it without data to finish that command.',
  },
  'failure-not-named': {
    consequence: 'refused',
    template: 'Step {step} cannot fail with "{failure}": for action "{action}" the definition names {known}.',
  },
  'notification-invalid': {
    consequence: 'refused',
    template: 'Notification "{notification}" does not fit action "{action}": {problem}',
  },
  'cancellation-refused': {
    consequence: 'refused',
    template: 'Workflow {workflow} is not cancelled: in state "{state}" {reason}',
  },
  'cancellation-too-late': {
    consequence: 'refused',
    template: 'Workflow {workflow} is not cancelled: it has ended as {status}.',
  },
  'topology-differs': {
    consequence: 'refused',
    template: 'The broker has {object} with other properties than this version declares: {problem}',
  },

  'message-invalid': {
    consequence: 'refused',
    template: 'A message for {exchange} cannot be sent: {problem}',
  },

  'event-invalid': { consequence: 'dead', template: '{problem}' },
  'event-too-large': { consequence: 'dead', template: '{field} has {bytes} bytes; the limit is {limit}.' },
  'event-definition-unknown': {
    consequence: 'dead',
    template: 'No workflow definition "{workflow}"{version} was registered within the waiting time.',
  },
  'cancel-unknown': {
    consequence: 'dead',
    template: 'There is no {workflow} "{key}" to cancel, nor did one start within the waiting time.',
  },
  'cancel-ambiguous': {
    consequence: 'dead',
    template: 'Several live {workflow} have the business key "{key}": {ids}. Say which one by workflowid.',
  },
  'envelope-invalid': { consequence: 'dead', template: '{problem}' },
  'ticket-invalid': { consequence: 'dead', template: '{problem}' },
  'envelope-foreign': {
    consequence: 'dead',
    template: 'The envelope names action "{action}", but came to the station of "{station}".',
  },
  'workflow-removed': {
    consequence: 'dead',
    template: 'Workflow {workflow} is not in the journal any more: it was deleted, and this message outlived it.',
  },

  'destination-missing': {
    consequence: 'dead',
    template: 'The delay ladder found no queue for "{address}", {times} times.',
  },
  'message-given-up': {
    consequence: 'dead',
    template:
      'The broker gave the message up {times} times, each time after {limit} deliveries: whatever takes it dies.',
  },

  'no-station': {
    consequence: 'parked',
    template: 'No station consumes action "{action}". Start a worker for it, then retry.',
  },
  'outcome-invalid': { consequence: 'parked', template: 'Action "{action}" returned {problem}' },
  'input-invalid': {
    consequence: 'parked',
    template: 'The data does not fit the input of action "{action}": {problem}',
  },
  'data-too-large': {
    consequence: 'parked',
    template: 'The data has {bytes} bytes after action "{action}"; the limit is {limit}.',
  },
  'condition-failed': {
    consequence: 'parked',
    template: 'The conditions of state "{state}" could not be evaluated: {problem}',
  },
  'definition-misfit': {
    consequence: 'parked',
    template: 'Definition {workflow} version {version} cannot be followed from state "{state}": {problem}',
  },
  'failure-unhandled': {
    consequence: 'parked',
    template: 'Action "{action}" failed with "{failure}", and the definition names no state for it: {problem}',
  },
  'retries-exhausted': {
    consequence: 'parked',
    template: '{failures} of {maxAttempts} attempts failed; the last one: {reason}',
  },
  'outcome-unknown': {
    consequence: 'parked',
    template:
      'Action "{action}" may not be repeated, and its only attempt was lost or timed out: check downstream whether it took effect, then retry.',
  },
  'lost-alone': {
    consequence: 'parked',
    template:
      '{losses} attempts were lost with their worker, the last one while performed alone: action "{action}" probably kills its process.',
  },
  'delivery-limit': {
    consequence: 'parked',
    template:
      'The broker gave the message up {times} times, each time after {limit} deliveries: action "{action}" probably kills its process.',
  },
  'compensation-missing': {
    consequence: 'parked',
    template: 'Action "{action}" is to be undone, but this build of it has no "compensate".',
  },
  'definition-missing': {
    consequence: 'parked',
    template: 'The journal has no definition {workflow} version {version}; restore it, then retry.',
  },

  'action-threw': { consequence: 'retried', template: '{problem}' },
  'action-timed-out': { consequence: 'retried', template: 'Action "{action}" did not end within {timeoutMs} ms.' },
  'action-asked': { consequence: 'retried', template: '{problem}' },

  'journal-unavailable': { consequence: 'unavailable', template: 'MongoDB did not answer ({operation}): {problem}' },
  'journal-unknown': { consequence: 'unavailable', template: 'The outcome of {operation} is unknown: {problem}' },
  'broker-unavailable': { consequence: 'unavailable', template: 'RabbitMQ is not reachable: {problem}' },
  'exchange-missing': {
    consequence: 'unavailable',
    template: 'RabbitMQ has no exchange {exchange}: start the intake, or run "conveyor topology declare".',
  },
  'publish-unknown': {
    consequence: 'unavailable',
    template: 'The broker did not confirm a message to {exchange}: {problem}',
  },
  'publish-unroutable': { consequence: 'unavailable', template: 'No queue is bound to {exchange} for "{routingKey}".' },
  'events-missed': {
    consequence: 'unavailable',
    template:
      'The connection to RabbitMQ was lost while it was listened for events: what was missed then is not known.',
  },
  'command-unfinished': {
    consequence: 'unavailable',
    template: 'Not done within {seconds} s because: {problem}',
  },

  'config-invalid': { consequence: 'fatal', template: '{variable}: {problem}' },
  'contract-conflict': {
    consequence: 'fatal',
    template: 'Action "{action}" no longer fits the live definition {workflow} version {version}: {problem}',
  },
  'liveness-lost': {
    consequence: 'fatal',
    template:
      'The heartbeat of worker {worker} could not be renewed within {timeoutMs} ms: the process gives up what it holds and ends.',
  },
  'timeout-too-small': {
    consequence: 'fatal',
    template:
      'LIVENESS_TIMEOUT is {timeoutMs} ms, but the replica set elects a primary after {electionMs} ms: a failover takes up to {neededMs} ms. Raise LIVENESS_TIMEOUT above that or lower settings.electionTimeoutMillis.',
  },
  'schema-newer': {
    consequence: 'fatal',
    template: 'The database has schema version {found}, this build knows {known}: deploy a newer build.',
  },
  'stop-incomplete': {
    consequence: 'fatal',
    template: 'Not stopped cleanly: {parts}. What they held comes back and is taken up by other processes.',
  },
  'journal-standalone': {
    consequence: 'fatal',
    template:
      'MONGODB_URL names a standalone server, which has no majority to keep a write. Start mongod with --replSet and initiate the set; one member is enough.',
  },
  'worker-dead': {
    consequence: 'fatal',
    template: 'Worker {worker} is recorded dead, and a dead worker does not come back: start a new process.',
  },
  stopped: { consequence: 'fatal', template: '{what} is stopped.' },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof CATALOGUE;
type CodeOf<C extends Consequence> = {
  [K in ErrorCode]: (typeof CATALOGUE)[K]['consequence'] extends C ? K : never;
}[ErrorCode];
export type Details = Readonly<Record<string, string | number>>;

const fill = (template: string, details: Details): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''));

/** The catalogue's text for a code: for what is stored rather than thrown, e.g. why a workflow is parked. */
export const describeError = (code: ErrorCode, details: Details = {}): string =>
  fill(CATALOGUE[code].template, details);

/** Base of all errors of the engine: a stable `code`, and the `details` that its text was made of. */
export abstract class ConveyorError<C extends Consequence = Consequence> extends Error {
  readonly code: CodeOf<C>;
  readonly details: Details;

  constructor(code: CodeOf<C>, details: Details = {}, options?: ErrorOptions) {
    super(describeError(code, details), options);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** The caller's mistake: told to the caller, nothing has happened. */
export class Refused extends ConveyorError<'refused'> {}
/** The message cannot be processed now or later: it goes to `conveyor.dead`, whole. */
export class SetAside extends ConveyorError<'dead'> {}
/** The workflow cannot go on by itself: it is parked. */
export class Parks extends ConveyorError<'parked'> {}
/** A server did not answer, or its answer was lost: try the same again. */
export class Unavailable extends ConveyorError<'unavailable'> {}
/** The process must end. */
export class Fatal extends ConveyorError<'fatal'> {}
