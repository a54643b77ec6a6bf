/** One bug: in this file, this text (which is there exactly once) becomes that. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Each breaks one rule; what its rule is for says what goes wrong without it. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'acknowledges before it has recorded',
    file: 'shared/runtime/station.ts',
    find: 'const current: Visit = visit;',
    replace: 'const current: Visit = visit; run.acknowledge();',
  },
  {
    name: 'judges the holder after reading the step',
    file: 'shared/runtime/inspection.ts',
    find: 'const view = await readStep(context, envelope);',
    replace: 'const view = first;',
  },
  {
    name: 'does not look for a late decision after a later claim',
    file: 'shared/runtime/claim.ts',
    find: '(isCancelling || envelope.attempt > 1) &&',
    replace: 'envelope.attempt > 99_999 &&',
  },
  {
    name: 'follows through before it records',
    file: 'shared/runtime/execute-step.ts',
    find: 'const recorded = await record(context, found, decision, durationMs);',
    replace:
      'await followThrough(context, visit, decision); const recorded = await record(context, found, decision, durationMs);',
  },
  {
    name: 'does not fence itself',
    file: 'shared/runtime/liveness.ts',
    find: 'timeoutMs - Math.max(500, timeoutMs / 10);',
    replace: 'timeoutMs * 1e6;',
  },
  {
    name: 'fences itself by its timers alone',
    file: 'shared/runtime/liveness.ts',
    find: 'if (this.#options.clock.monotonic() - this.#renewedAt < fenceAfterMs(this.#options.timeoutMs)) return;',
    replace: 'return;',
  },
  {
    name: 'writes what was gathered before a pause',
    file: 'shared/runtime/journal-groups.ts',
    find: '        mayAct();\n',
    replace: '',
  },
  {
    name: 'sends a held message again while copies of it are adopted',
    file: 'shared/runtime/execute-step.ts',
    find: '    pass.leave();\n    return dispose(context, visit, found);',
    replace: '    return dispose(context, visit, found);',
  },
  {
    name: 'removes the heartbeat first when it stops',
    file: 'shared/runtime/worker.ts',
    find: "    this.#state = 'stopping';\n",
    replace: "    this.#state = 'stopping';\n    await this.#line.journal.leave(this.#options.identity._id);\n",
  },
  {
    name: 'announces a step after it has sent the next',
    file: 'shared/runtime/follow-through.ts',
    find: '  await announceStep(acting, visit, decided);\n',
    replace:
      "  if (!('end' in next)) await handOnOrPark(acting, nextStepEnvelope(envelope, decided, next));\n  await announceStep(acting, visit, decided);\n",
  },
  {
    name: 'performs beside others what is to be performed alone',
    file: 'shared/runtime/station.ts',
    find: "alone ? 'alone' : 'together'",
    replace: "'together'",
  },
  {
    name: 'never gives up what kills its process',
    file: 'shared/runtime/dispose.ts',
    find: 'if (attempt.alone) return',
    replace: 'if (attempt.attempt > 99_000) return',
  },
  {
    name: 'takes a repeated start event for done',
    file: 'shared/runtime/workflow-start.ts',
    find: "if (inserted === 'duplicate') return void (await followDuplicate(acting, event.workflowId));",
    replace: "if (inserted === 'duplicate') return;",
  },
  {
    name: 'gives a write up whose outcome is unknown',
    file: 'shared/runtime/right-to-act.ts',
    find: "if (!(error instanceof Unavailable) || error.code === 'publish-unroutable') throw error;",
    replace: 'throw error;',
  },
  {
    name: 'does not recognise its own claim',
    file: 'shared/runtime/claim.ts',
    find: 'untilKnown(() => context.line.writes.insertAttempt(attempt), context.right)',
    replace: 'untilKnown(() => context.line.writes.insertAttempt(newAttempt(context, envelope)), context.right)',
  },
  {
    name: 'drops a copy of a step that is decided but not moved',
    file: 'shared/runtime/follow-through.ts',
    find: "if (!moved || 'end' in next) await followSnapshot(acting, visit, snapshot);",
    replace: "if (!moved || 'end' in next) await Promise.resolve();",
  },
  {
    name: 'drops a copy of a failed attempt whose retry was not sent',
    file: 'shared/runtime/dispose.ts',
    find: '      await sendNextAttempt(context, visit, found.attempt, found.tally);\n',
    replace: '',
  },
  {
    name: 'drops a copy of an attempt that others have gone on from',
    file: 'shared/runtime/dispose.ts',
    find: 'return goOnAsLast(visit, found.by, found.failures);',
    replace: 'return undefined;',
  },
  {
    name: 'releases what it still performs when it is fenced',
    file: 'shared/runtime/worker.ts',
    find: 'if (await this.#within(FENCED_MS / 2, stopped)) await this.#within(FENCED_MS / 2, this.#releaseHeld());',
    replace: 'await this.#releaseHeld(); await this.#within(FENCED_MS, stopped);',
  },
  {
    name: 'sends a step that an operator did not take up',
    file: 'shared/runtime/operator/retry.ts',
    find: "if (inserted === 'inserted') return { history,",
    replace: 'if (inserted) return { history,',
  },
  {
    name: 'forgets what follows from an attempt that was parked unperformed',
    file: 'shared/runtime/parking.ts',
    find: "if (view.snapshot || last?.fate !== 'parked') return;",
    replace: "if (last || view.snapshot || last?.fate !== 'parked') return;",
  },
];
