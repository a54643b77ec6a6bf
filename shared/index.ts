/**
 * The public entry of the library: what workflows and actions are written with, and a whole line in one process to run them
 * on. Everything else is the engine's own and may change with any version.
 */
export type { Action } from './core/action.ts';
export type { ActionCall, ActionLog, CompensateCall, PollCall } from './core/action-calls.ts';
export { defineAction } from './core/define-action.ts';
export { defineWorkflow } from './core/define-workflow.ts';
export type { Duration } from './core/duration.ts';
export type { Json, JsonObject } from './core/json.ts';
export type {
  CompensateOutcome,
  Completed,
  Failed,
  Outcome,
  Pending,
  PollOutcome,
  Retry,
  Waiting,
} from './core/outcome.ts';
export { completed, failed, pending, retry, waiting } from './core/outcome.ts';
export type { WorkflowDefinition } from './core/workflow-definition.ts';
export { EmbeddedLine, type EmbeddedLineOptions, startEmbeddedLine } from './embedded/embedded-line.ts';
export type { WorkflowHistory } from './journal/records.ts';
export { renderTimeline, type TimelineEntry, timelineOf } from './runtime/timeline.ts';
