/**
 * `conveyor/testing`: a whole line for the tests of your workflows, in virtual time; the same tests run on real servers with CONVEYOR_TEST=real.
 */
export type { CancelAnswer } from '../core/cancellation.ts';
export type { Duration } from '../core/duration.ts';
export type { WorkflowHistory } from '../journal/records.ts';
export type { PausePoint } from '../runtime/pause-points.ts';
export { type ExpectedStanding, expectTimeline, type TimelineExpectation } from './expect-timeline.ts';
export type { SetAsideMessage } from './set-asides.ts';
export { type TestLine, testLine } from './test-line.ts';
export type { CancelRequest, KillOptions, StartOptions, TestLineOptions, To } from './test-line-options.ts';
export type { WorkflowHandle } from './workflow-handle.ts';
