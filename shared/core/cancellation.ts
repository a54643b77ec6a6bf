// What a request for cancellation means where a workflow stands. The steward asks in the order of docs/journal.md.
import { nextUndo, type Undo, type UndoItem } from './compensation.ts';
import { cancelRuleOf } from './graph.ts';
import {
  type Advance,
  type ChooseEdge,
  enter,
  type Next,
  orPark,
  type Park,
  type StepTurn,
  takeFailureEdge,
} from './transition.ts';
import { unreachable } from './unreachable.ts';
import { type CancelRule, COMPENSATE, type EndStatus, type WorkflowDefinition } from './workflow-definition.ts';

/** The one answer to a request for cancellation; who asks again gets it again. */
export type CancelAnswer =
  /** Nothing of the workflow starts any more, and what was done is undone, or the definition's own way is taken. */
  | { readonly kind: 'accepted' }
  /** The definition allows no cancellation in this state, or the workflow is being undone already. */
  | { readonly kind: 'refused'; readonly state: string; readonly reason: string }
  /** It had ended, otherwise than by being undone for a request. */
  | { readonly kind: 'too-late'; readonly status: EndStatus }
  /** Another request was accepted, and the workflow is cancelled or will be: the id of its intent. */
  | { readonly kind: 'already-cancelling'; readonly by: string };

/**
 * What an operator decides of a parked workflow, beside the rule of its state: to undo everything, or that its step ends with a
 * declared failure. It goes the way of a request for cancellation, so that nobody performs meanwhile.
 */
export type OperatorOrder =
  | { readonly kind: 'compensate'; readonly step: number }
  | { readonly kind: 'fail'; readonly step: number; readonly code: string };

/** Where a workflow stands, after its last decided step. */
export interface CancelStanding {
  readonly definition: WorkflowDefinition;
  readonly state: string;
  readonly next: Next;
  /** What is left to undo, if it is on its way back. */
  readonly undo?: Undo | undefined;
  /** The id of the request, or of the operator's order, that it is being undone for, or was; an order may lead back to `failed`. */
  readonly cancelledBy?: string | undefined;
  /** Whether this request is pinned to this very step: it was found allowed here, and is not asked again. */
  readonly pinned: boolean;
  /** An operator's order instead of a request, and the first undecided step, which it must still be about. */
  readonly ordered?: { readonly order: OperatorOrder; readonly step: number } | undefined;
}

/** The rule of a state that says nothing. */
const NOT_ALLOWED: CancelRule = { refuse: 'the definition allows no cancellation' };

/** What the definition says of a cancellation in a state. */
export const cancelRule = (definition: WorkflowDefinition, state: string): CancelRule =>
  cancelRuleOf(definition, state) ?? NOT_ALLOWED;

/** The answer to a request that does not cancel; undefined when it does, as the state's rule says. */
export function answerAtOnce(standing: CancelStanding): Exclude<CancelAnswer, { kind: 'accepted' }> | undefined {
  const { definition, state, next, undo, cancelledBy, pinned, ordered } = standing;
  // Also when its way back has ended: who asks late is told the same. An operator's order that leads back to `failed` cancels nothing.
  if (cancelledBy !== undefined && undo?.end === 'cancelled') return { kind: 'already-cancelling', by: cancelledBy };
  if ('end' in next) return { kind: 'too-late', status: next.end };
  if (undo) {
    const why = cancelledBy === undefined ? 'after a failure' : 'by an operator’s order';
    return { kind: 'refused', state, reason: `it is being undone ${why}` };
  }
  if (ordered) {
    const isOver = ordered.order.step !== ordered.step;
    return isOver ? { kind: 'refused', state, reason: `it has gone on from step ${ordered.order.step}` } : undefined;
  }
  const rule = cancelRule(definition, state);
  return !pinned && isRefusal(rule) ? { kind: 'refused', state, reason: rule.refuse } : undefined;
}

const isRefusal = (rule: CancelRule): rule is Extract<CancelRule, { refuse: string }> =>
  rule !== COMPENSATE && 'refuse' in rule;

/**
 * What an accepted cancellation decides: the way back, or the way to the state that the rule names. A state that refuses has no
 * such decision: nothing is accepted there.
 * @param plan what there is to undo; not looked at where the rule names a state
 */
export function decideCancellation(
  definition: WorkflowDefinition,
  { state, data }: Pick<Advance, 'state' | 'data'>,
  plan: readonly UndoItem[],
  chooseEdge: ChooseEdge,
): Advance | Park {
  const rule = cancelRule(definition, state);
  if (rule !== COMPENSATE && 'to' in rule) {
    return orPark(() => ({ kind: 'advance', changes: {}, ...enter(definition, rule.to, data, chooseEdge) }));
  }
  return wayBack({ state, data }, { left: plan, end: 'cancelled' });
}

/**
 * What an operator's order decides. A failure that the definition does not name there parks, as the action's own would.
 * @param reason the operator's
 * @param plan what there is to undo, where the way leads back
 */
export function decideOrder(
  standing: StepTurn,
  {
    order,
    reason,
    plan,
  }: { readonly order: OperatorOrder; readonly reason: string; readonly plan: readonly UndoItem[] },
  chooseEdge: ChooseEdge,
): Advance | Park {
  switch (order.kind) {
    case 'compensate':
      return wayBack(standing, { left: plan, end: 'cancelled' });
    case 'fail': {
      const decided = takeFailureEdge(standing, { code: order.code, message: reason }, chooseEdge);
      if (decided.kind !== 'begin-compensation') return decided;
      return { ...wayBack(decided, { left: plan, end: 'failed' }), failure: decided.failure };
    }
    default:
      return unreachable(order);
  }
}

/** The decision that begins the way back: the workflow stays in its state while it is undone. */
export const wayBack = ({ state, data }: Pick<Advance, 'state' | 'data'>, undo: Undo): Advance => ({
  kind: 'advance',
  changes: {},
  state,
  data,
  next: nextUndo(undo),
  undo,
});
