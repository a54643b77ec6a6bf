import type { Consequence, ErrorCode } from './errors.ts';

/** What follows from an error. */
export const CONSEQUENCE_TEXT: Readonly<Record<Consequence, string>> = {
  refused: 'The caller is told what is wrong, and nothing has happened. Correct the request and send it again.',
  dead: 'The message is set aside whole in the queue `conveyor.dead`, with `conveyor-code` and `conveyor-reason` in its headers. Nothing reads that queue: look at it, correct what is wrong, and publish the message again where it first went.',
  parked:
    'The workflow is kept whole and waits for an operator. `conveyor show <id>` tells why; `conveyor retry <id>` takes it up at the step at which it stands.',
  retried:
    'The attempt failed, and the retry policy of the action decides: again after a pause, or parked with `retries-exhausted`.',
  unavailable:
    'A server did not answer. The same is tried again for as long as the process may act; no retry budget is spent. Seen in logs, and in `/readyz`.',
  fatal:
    'The process ends with exit code 1 and this line on standard error. What it held comes back and is taken up by other processes; something must start it again.',
};

/** What to do about each code. A code of the catalogue that is missing here does not compile. */
export const ERROR_ADVICE: Readonly<Record<ErrorCode, string>> = {
  'duration-invalid': 'Write a number and a unit: ms, s, m, h or d.',
  'action-invalid': 'Correct what the text names in the call of `defineAction`.',
  'definition-invalid': 'Correct the state or field that the text names.',
  'condition-invalid':
    'Correct the CEL expression; the text says what is wrong, and what the data is known to hold there.',
  'definition-conflict': 'Give the changed definition the next version. Workflows that run stay on theirs.',
  'definition-unknown':
    'As the text says. Start events of an unknown workflow wait for DEFINITION_WAIT, so register it within that time.',
  'actions-unknown': 'Start a worker for each of them once; or correct the names in the definition.',
  'module-invalid': 'Correct what the text names in the module, or the path that names it.',
  'workflow-unknown': 'Check the id or key, and that CONVEYOR_NAMESPACE and MONGODB_URL are those of its line.',
  'workflow-ambiguous': 'Name the one that you mean by its id.',
  'workflow-not-parked': 'See "conveyor explain" for what it is doing; "conveyor cancel" is for what runs.',
  'workflow-undoing': 'Mend what keeps the step from being undone, then retry it.',
  'edit-invalid': 'Correct the field that the text names. Nothing was written.',
  'edit-overtaken': 'See "conveyor show" for the data that it goes on with.',
  'failure-not-named': 'Name one of those; or compensate the workflow.',
  'notification-invalid':
    'The sender corrects the field that the text names and sends it again with another id. The wait goes on.',
  'cancellation-refused':
    'Cancel it again when it has left that state; or allow it by `cancel` of the state in a new version of the definition.',
  'cancellation-too-late': 'Nothing. What it did can only be undone by a workflow of its own.',
  'topology-differs':
    'Delete the queue or exchange when it is empty and let it be declared again, or use another CONVEYOR_NAMESPACE.',
  'message-invalid': 'Correct what the text names; nothing was published.',
  'event-invalid': 'The sender corrects the field that the text names, and sends the event again.',
  'event-too-large': 'The sender leaves out what is no input of the workflow, or passes a reference to it.',
  'event-definition-unknown': 'Register the definition, then publish the event again; or raise DEFINITION_WAIT.',
  'cancel-unknown': 'Check the id or the business key, and that the routing key is the name of its workflow.',
  'cancel-ambiguous': 'Publish the cancellation again with `workflowid` instead of `subject`, under a new id.',
  'envelope-invalid': 'Find out who else writes to `conveyor.work`: only workers and the intake should be allowed to.',
  'ticket-invalid': 'Find out who else writes to the wait queues: only workers and the steward should be allowed to.',
  'envelope-foreign':
    'Find out who binds or publishes to work queues beside Conveyor; check the bindings of the queue.',
  'workflow-removed':
    'Nothing, as a rule: somebody deleted the workflow. If messages rest for so long, delete later, and raise RETENTION.',
  'destination-missing':
    'Its queue was deleted: start a worker of that action, which declares it again. What the journal knows is sent again by the steward.',
  'message-given-up':
    'Look for what kills the processes that consumed the queue which the headers name. Publish it again when that is mended.',
  'no-station': 'Start a worker for the action, then retry.',
  'outcome-invalid': 'Correct the action so that it returns what it declares, deploy it, then retry.',
  'input-invalid':
    'An earlier action or the start event left the data in another form than this action needs. Correct the contract of one of them, then retry.',
  'data-too-large': 'Let the action set less, or a reference to it, then retry.',
  'condition-failed':
    'Correct the condition in a new version of the definition; this workflow stays on its own version.',
  'definition-misfit':
    'The definition was changed in the journal, or the envelope is not of this workflow. Restore what was registered under that version, then retry.',
  'failure-unhandled':
    'Name a state for the failure in a new version of the definition. Retry when the reason for the failure is gone.',
  'retries-exhausted': 'Mend what the last reason names, then retry: the budget begins anew.',
  'outcome-unknown': 'Ask the downstream by the idempotency key whether it took effect. Only then retry.',
  'lost-alone': 'Look for what kills the process: memory, a native crash, a loop that never yields. Then retry.',
  'delivery-limit': 'Look for what kills the process: memory, a native crash, a loop that never yields. Then retry.',
  'compensation-missing':
    'Deploy a build of the action with its `compensate`, then retry. Or undo it by hand downstream, and fail the workflow.',
  'definition-missing': 'Register that very version again, then retry.',
  'action-threw':
    'An action should return `retry` with a reason for what it expects; a thrown error is most often a mistake in it.',
  'action-timed-out':
    'Raise the timeout of the action when it needs longer as a rule; pass its `signal` to everything that waits.',
  'action-asked': 'Nothing: the action asked for it.',
  'journal-unavailable': 'See whether MongoDB runs and can be reached.',
  'journal-unknown': 'Nothing: the write is repeated, and recognised when it was done already.',
  'broker-unavailable': 'See whether RabbitMQ runs and can be reached, and whether the credentials are right.',
  'exchange-missing':
    'As the text says, with the same CONVEYOR_NAMESPACE. Who publishes is told so only until the exchange is there.',
  'publish-unknown': 'Nothing: the message is published again, and the copy too many has no effect.',
  'publish-unroutable':
    'For a start event: start the intake. For an envelope: start a worker for its action. Either queue is also declared by `conveyor topology declare`.',
  'events-missed': 'Run it again when RabbitMQ can be reached all the while.',
  'command-unfinished': 'Run it again when what the reason names is mended: what was done already is not done twice.',
  'config-invalid': 'Set the variable as the text says.',
  'contract-conflict':
    'Give the changed action another name, or keep its contract compatible until no workflow runs on that version.',
  'liveness-lost':
    'See whether MongoDB was slow, or whether an action blocks the event loop; then raise LIVENESS_TIMEOUT or mend it.',
  'timeout-too-small': 'Do as the text says.',
  'schema-newer': 'Deploy the build that wrote the schema, or a newer one.',
  'stop-incomplete': 'Raise SHUTDOWN_GRACE, or pass `signal` on in actions, so that they end when they are told to.',
  'journal-standalone': 'Run MongoDB as a replica set, be it of one member.',
  'worker-dead': 'Nothing, when something starts the process again.',
  stopped: 'Nothing: the process is on its way out.',
};
