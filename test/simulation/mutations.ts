/** One bug: in this file, this text (which is there exactly once) becomes that. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** What finds it: so many seeds from the first on, or the file of tests of this name beside this one. */
  readonly foundBy: number | string;
}

/** Each breaks one rule; what its rule is for says what goes wrong without it. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'acknowledges before it has recorded',
    file: 'shared/runtime/station.ts',
    find: 'const current: Visit = visit;',
    replace: 'const current: Visit = visit; run.acknowledge();',
    foundBy: 'every-line',
  },
  {
    name: 'judges the holder after reading the step',
    file: 'shared/runtime/inspection.ts',
    find: 'const view = await readStep(context, envelope);',
    replace: 'const view = first;',
    foundBy: 'table-a',
  },
  {
    name: 'does not look for a late decision after a later claim',
    file: 'shared/runtime/claim.ts',
    find: '(isCancelling || envelope.attempt > 1) &&',
    replace: 'envelope.attempt > 99_999 &&',
    foundBy: 40,
  },
  {
    name: 'follows through before it records',
    file: 'shared/runtime/execute-step.ts',
    find: 'const recorded = await record(context, found, decision, durationMs);',
    replace:
      'await followThrough(context, visit, decision); const recorded = await record(context, found, decision, durationMs);',
    foundBy: 40,
  },
  {
    name: 'does not fence itself',
    file: 'shared/runtime/liveness.ts',
    find: 'timeoutMs - Math.max(500, timeoutMs / 10);',
    replace: 'timeoutMs * 1e6;',
    foundBy: 40,
  },
  {
    name: 'fences itself by its timers alone',
    file: 'shared/runtime/liveness.ts',
    find: 'if (this.#options.clock.monotonic() - this.#renewedAt < fenceAfterMs(this.#options.timeoutMs)) return;',
    replace: 'return;',
    foundBy: 200,
  },
  {
    name: 'writes what was gathered before a pause',
    file: 'shared/runtime/journal-writes.ts',
    find: '        mayAct();\n',
    replace: '',
    foundBy: 'identities',
  },
  {
    name: 'sends a held message again while copies of it are adopted',
    file: 'shared/runtime/execute-step.ts',
    find: '    pass.leave();\n    return dispose(context, visit, found);',
    replace: '    return dispose(context, visit, found);',
    foundBy: 'table-a.held',
  },
  {
    name: 'removes the heartbeat first when it stops',
    file: 'shared/runtime/worker.ts',
    find: "    this.#state = 'stopping';\n",
    replace: "    this.#state = 'stopping';\n    await this.#line.journal.leave(this.#options.identity._id);\n",
    foundBy: 40,
  },
  {
    name: 'announces a step after it has sent the next',
    file: 'shared/runtime/follow-decided.ts',
    find: '  await announceStep(acting, visit, decided);\n',
    replace:
      "  if (!('end' in next)) await handOnOrPark(acting, nextStepEnvelope(envelope, decided, next));\n  await announceStep(acting, visit, decided);\n",
    foundBy: 40,
  },
  {
    name: 'performs beside others what is to be performed alone',
    file: 'shared/runtime/station.ts',
    find: "alone ? 'alone' : 'together'",
    replace: "'together'",
    foundBy: 120,
  },
  {
    name: 'never gives up what kills its process',
    file: 'shared/runtime/dispose.ts',
    find: 'if (attempt.alone) return',
    replace: 'if (attempt.attempt > 99_000) return',
    foundBy: 60,
  },
  {
    name: 'takes a repeated start event for done',
    file: 'shared/runtime/workflow-start.ts',
    find: "if (inserted === 'duplicate') return void (await followDuplicate(acting, event.workflowId));",
    replace: "if (inserted === 'duplicate') return;",
    foundBy: 'every-line',
  },
  {
    name: 'gives a write up whose outcome is unknown',
    file: 'shared/runtime/right-to-act.ts',
    find: "if (!(error instanceof Unavailable) || error.code === 'publish-unroutable') throw error;",
    replace: 'throw error;',
    foundBy: 40,
  },
  {
    name: 'does not recognise its own claim',
    file: 'shared/runtime/claim.ts',
    find: 'untilKnown(() => context.line.writes.insertAttempt(attempt), context.right)',
    replace: 'untilKnown(() => context.line.writes.insertAttempt(newAttempt(context, envelope)), context.right)',
    foundBy: 40,
  },
  {
    name: 'drops a copy of a step that is decided but not moved',
    file: 'shared/runtime/follow-decided.ts',
    find: "if (!moved || 'end' in next) await followSnapshot(acting, visit, snapshot);",
    replace: "if (!moved || 'end' in next) await Promise.resolve();",
    foundBy: 40,
  },
  {
    name: 'drops a copy of a failed attempt whose retry was not sent',
    file: 'shared/runtime/dispose.ts',
    find: '      await sendNextAttempt(context, visit, found.attempt, found.tally);\n',
    replace: '',
    foundBy: 40,
  },
  {
    name: 'drops a copy of an attempt that others have gone on from',
    file: 'shared/runtime/dispose.ts',
    find: 'return goOnAsLast(visit, found.by, found.failures);',
    replace: 'return undefined;',
    foundBy: 'table-a.settled',
  },
  {
    name: 'releases what it still performs when it is fenced',
    file: 'shared/runtime/worker.ts',
    find: 'if (await this.#within(FENCED_MS / 2, stopped)) await this.#within(FENCED_MS / 2, this.#releaseHeld());',
    replace: 'await this.#releaseHeld(); await this.#within(FENCED_MS, stopped);',
    foundBy: 'identities',
  },
  {
    name: 'sends a step that an operator did not take up',
    file: 'shared/runtime/operator/retry.ts',
    find: "if (inserted === 'inserted') return { history,",
    replace: 'if (inserted) return { history,',
    foundBy: 'operator-commands',
  },
  {
    name: 'forgets what follows from an attempt that was parked unperformed',
    file: 'shared/runtime/parking.ts',
    find: "if (view.snapshot || last?.fate !== 'parked') return;",
    replace: "if (last || view.snapshot || last?.fate !== 'parked') return;",
    foundBy: 'table-a',
  },
  {
    name: 'takes a later attempt although a request is open (A0)',
    file: 'shared/runtime/claim.ts',
    find: "  if (envelope.attempt > 1 && hasOpenRequest()) return { kind: 'cancelling' };\n",
    replace: '',
    foundBy: 'table-a.cancelling',
  },
  {
    name: 'looks for requests only before it inserts',
    file: 'shared/runtime/claim.ts',
    find: 'const isCancelling = hasOpenRequest();',
    replace: 'const isCancelling = false;',
    foundBy: 'table-a.cancelling',
  },
  {
    name: 'numbers a step and cancels it without pinning the request',
    file: 'shared/runtime/steward/cancellations.ts',
    find: 'await untilKnown(() => line.writes.pinIntent(pin), right);',
    replace: 'await Promise.resolve({ ...intent, ...pin });',
    foundBy: 40,
  },
  {
    name: 'plans before the grace period is over',
    file: 'shared/runtime/steward/cancellations.ts',
    find: `    const isGraceOver = await this.#grace.isOver(intent._id);
    if (isGraceOver) await this.#pause('grace-over', intent, intent.at);
    // Only after that: whoever began a step before it knew of the request is seen.
    const position = await readPosition(this.#acting, intent);
`,
    replace: `    const position = await readPosition(this.#acting, intent);
    const isGraceOver = await this.#grace.isOver(intent._id);
    if (isGraceOver) await this.#pause('grace-over', intent, intent.at);
`,
    foundBy: 'cancellation.races',
  },
  {
    name: 'cancels without a grace period',
    file: 'shared/runtime/steward/cancellations.ts',
    find: "    if (!isGraceOver) return this.#waitFor('in-grace-period', intent);\n",
    replace: '',
    foundBy: 'cancellation.races',
  },
  {
    name: 'does not ask every worker whether it knows of a request',
    file: 'shared/runtime/steward/grace-period.ts',
    find: 'const knownToAll = new Set(intentIds);\n    for (const worker of await this.#acting.line.journal.readWorkers()) {',
    replace:
      'const knownToAll = new Set(intentIds);\n    for (const worker of (await this.#acting.line.journal.readWorkers()).slice(1)) {',
    foundBy: 'cancellation.races',
  },
  {
    name: 'cancels a step that nobody has taken without taking its first number',
    file: 'shared/runtime/steward/cancellations.ts',
    find: 'const inserted = await untilKnown(() => line.writes.insertAttempt(settled), right);',
    replace: "const inserted = await untilKnown(() => Promise.resolve('inserted'), right);",
    foundBy: 40,
  },
  {
    name: 'does not wait for who performs a step that is decided',
    file: 'shared/runtime/holders.ts',
    find: 'fate === undefined && snapshots.find(',
    replace: 'fate === undefined && step > snapshots.length && snapshots.find(',
    foundBy: 'cancellation.races',
  },
  {
    name: 'lists requests before it knows of them',
    file: 'shared/runtime/liveness.ts',
    find: `      const intents = await this.#learnIntents();
      const sentAt = clock.monotonic();
      if (await journal.renew(this.workerId, intents)) this.#extend(sentAt);
`,
    replace: `      const { intents } = this.#options;
      const asked = intents.ask();
      const open = await journal.openIntents(MOST_KNOWN);
      const sentAt = clock.monotonic();
      const isRenewed = await journal.renew(this.workerId, open.map(({ _id }) => _id));
      intents.learn(asked, open);
      if (isRenewed) this.#extend(sentAt);
`,
    foundBy: 'cancellation.races',
  },
  {
    name: 'cancels before the step before is announced',
    file: 'shared/runtime/steward/cancellations.ts',
    find: '    await this.#announceBefore(position, before);\n',
    replace: '',
    foundBy: 40,
  },
  {
    name: 'undoes the oldest first',
    file: 'shared/core/compensation.ts',
    find: 'right.step - left.step',
    replace: 'left.step - right.step',
    foundBy: 40,
  },
  {
    name: 'undoes only what was committed',
    file: 'shared/core/compensation.ts',
    find: "return acted ? [{ step, action: acted.action, performed: 'possibly' }] : [];",
    replace: 'return acted ? [] : [];',
    foundBy: 40,
  },
  {
    name: 'begins a wait only after it has looked for its notification',
    file: 'shared/runtime/wait-begin.ts',
    find: `  const wait = await untilKnown(() => line.writes.insertWait(made), right);
  await pauseAt(acting, 'wait-inserted', envelope);
`,
    replace: `  const kept = await untilKnown(() => line.journal.findKeptFor(made, MOST_KEPT), right);
  await pauseAt(acting, 'wait-inserted', envelope);
  const wait = { ...(await untilKnown(() => line.writes.insertWait(made), right)) };
  if (kept.length === 0) delete wait.notification;
`,
    foundBy: 'waits.races',
  },
  {
    name: 'completes a step with a notification that may be the one of another',
    file: 'shared/runtime/notification-pin.ts',
    find: "stands?.state === 'kept' && stands.usedBy === workflowId && stands.step === step;",
    replace: 'stands !== null;',
    foundBy: 'waits.one-notification',
  },
  {
    name: 'takes a notification only after it has looked for its wait',
    file: 'shared/runtime/steward/notification-desk.ts',
    find: `    const notification = await untilKnown(() => line.writes.insertNotification(made), right);
`,
    replace: `    const known = await this.#waitsFor(made);
    await pauseAt(this.#acting, 'notification-kept', { workflowId: made.workflowId ?? '', step: 0, attempt: 0 });
    const notification = await untilKnown(() => line.writes.insertNotification(made), right);
    if (known.length === 0 && notification.state === 'kept') return;
`,
    foundBy: 'waits.races',
  },
  {
    name: 'does not mark a ticket that is out',
    file: 'shared/runtime/wait-begin.ts',
    find: '  await untilKnown(() => line.writes.markTicket({ _id, attempt, ticket }), right);\n',
    replace: '',
    foundBy: 'waits.tickets',
  },
  {
    name: 'closes a wait before what follows from its end is out',
    file: 'shared/runtime/follow-decided.ts',
    find: "  if (!moved || 'end' in next) await followSnapshot(acting, visit, snapshot);\n  else",
    replace:
      "  await endWait(acting, snapshot);\n  if (!moved || 'end' in next) await followSnapshot(acting, visit, snapshot);\n  else",
    foundBy: 'waits.every-line',
  },
  {
    name: 'does not look for overdue waits',
    file: 'shared/runtime/steward/overdue-waits.ts',
    find: '    await sender.sendTicket(wait, 0);\n',
    replace: '',
    foundBy: 60,
  },
  {
    name: 'takes a lost message for one that is on its way',
    file: 'shared/runtime/steward/lost-messages.ts',
    find: 'if (passed !== undefined && sentAt + SLACK_MS < passed) return true;',
    replace: '',
    foundBy: 40,
  },
];
