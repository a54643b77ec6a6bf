// I6: what is heard of a line is held against its journal.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { lifecycleMessage } from '../../../shared/contract/lifecycle-event.ts';
import type { WorkflowHistory } from '../../../shared/journal/records.ts';
import { HeardEvents, type Hearing } from '../../../shared/runtime/audit/heard-events.ts';
import { type Milestone, milestonesOf } from '../../../shared/runtime/audit/milestones.ts';
import { anyHistory, audit, ended, LATER, ofSnapshot, parked, underWay } from '../../support/audited.ts';
import { makeHistory, parcel } from '../../support/histories.ts';

const NAMESPACE = 'test';
const ALWAYS: Hearing = { from: 0, until: LATER };
/** Announces every step. */
const talkative = { ...parcel, announce: 'steps' as const };

const messageOf = ({ head }: WorkflowHistory, { event, step, attempt }: Milestone) =>
  lifecycleMessage(
    NAMESPACE,
    'events',
    {
      event,
      workflowId: head._id,
      businessKey: head.businessKey,
      step,
      attempt,
      data: { workflow: head.workflow, version: head.version, state: 'some', step },
    },
    0,
  );
type Message = ReturnType<typeof messageOf>;

/** Everything that is announced of a history, in the order in which it happened. */
const messagesOf = (history: WorkflowHistory): Message[] =>
  milestonesOf(history, talkative)
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .map((milestone) => messageOf(history, milestone));

function heardOf(messages: readonly Message[], hearing = ALWAYS): HeardEvents {
  const heard = new HeardEvents(NAMESPACE);
  for (const message of messages) heard.take(message);
  heard.close(hearing);
  return heard;
}

const problemsOf = async (history: WorkflowHistory, heard: HeardEvents): Promise<string[]> => {
  const { violations } = await audit([history], { heard }, [talkative]);
  expect(violations.filter(({ invariant }) => invariant !== 'I6')).toEqual([]);
  return violations.map(({ problem }) => problem);
};

describe('the audit of what was heard', () => {
  it('finds nothing where everything was announced in its order, however often', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, fc.array(fc.nat()), async (one, again) => {
        const history = makeHistory(one);
        const messages = messagesOf(history);
        const copies = again.flatMap((index) => messages[index % messages.length] ?? []);
        expect(await problemsOf(history, heardOf([...messages, ...copies]))).toEqual([]);
      }),
    );
  });

  it('names each milestone that was not announced', async () => {
    const history = makeHistory(ended);
    const messages = messagesOf(history);
    for (const missing of ['started', 'advanced', 'succeeded']) {
      const rest = messages.filter(({ routingKey }) => !routingKey.endsWith(`.${missing}`));
      const problems = await problemsOf(history, heardOf(rest));
      expect(problems.length).toBe(messages.length - rest.length);
      for (const problem of problems)
        expect(problem).toMatch(new RegExp(`^${missing} of step \\d, .*was not announced$`));
    }
    const stopped = makeHistory(parked);
    const unsaid = messagesOf(stopped).filter(({ routingKey }) => !routingKey.endsWith('.parked'));
    expect(await problemsOf(stopped, heardOf(unsaid))).toEqual([
      expect.stringMatching(/^parked of step 2, .*not announced$/),
    ]);
  });

  it('asks for nothing that happened before or after it was listened, or that the definition does not announce', async () => {
    const history = makeHistory(ended);
    const end = history.snapshots.at(-1)?.at.getTime() ?? 0;
    expect(await problemsOf(history, heardOf([], { from: end + 1, until: LATER }))).toEqual([]);
    expect(await problemsOf(history, heardOf([], { from: 0, until: history.head.startedAt.getTime() - 1 }))).toEqual(
      [],
    );
    const { violations } = await audit([history], { heard: heardOf([]) });
    expect(violations.map(({ problem }) => problem.split(' ')[0])).toEqual(['started', 'succeeded']);
  });

  it('finds what was announced out of its order', async () => {
    const history = makeHistory(ended);
    const [started, ...rest] = messagesOf(history).filter(({ routingKey }) =>
      /started|advanced|succeeded/.test(routingKey),
    );
    if (!started) throw new Error('nothing is announced');
    expect(await problemsOf(history, heardOf([...rest, started]))).toEqual([
      'started of step 0 was announced after succeeded of step 3',
    ]);
  });

  it('takes no offence at an event that comes again, although it came first before it was listened', async () => {
    const history = makeHistory(ended);
    const [first] = history.snapshots;
    const again = messagesOf(history);
    const late = again.filter(({ routingKey }) => routingKey.endsWith('.started'));
    const heard = heardOf([...again.filter((one) => !late.includes(one)), ...late], {
      from: (first?.at.getTime() ?? 0) - 1,
      until: LATER,
    });
    expect(await problemsOf(history, heard)).toEqual([]);
  });

  it('finds what was announced and never happened', async () => {
    const history = makeHistory(underWay);
    const imagined: Milestone = { event: 'succeeded', step: 2, attempt: 2, at: new Date(0), isDue: true };
    expect(await problemsOf(history, heardOf([...messagesOf(history), messageOf(history, imagined)]))).toEqual([
      '2/2/succeeded was announced, but the journal has no such thing',
    ]);
    const gone = ofSnapshot(1, () => undefined)(history);
    const { violations } = await audit([gone], { heard: heardOf(messagesOf(history)) }, [talkative]);
    expect(violations).toContainEqual(
      expect.objectContaining({
        invariant: 'I6',
        problem: expect.stringMatching(/^1\/1\/advanced was announced, but/),
      }),
    );
  });

  it.each<[string, (message: Message) => Message, RegExp]>([
    ['an id', (message) => spoilt(message, { id: `${message.messageId}-2` }), /its id is \S+-2, not /],
    ['a message id', (message) => ({ ...message, messageId: 'x' }), /its messageId is x, not /],
    ['a routing key', (message) => ({ ...message, routingKey: 'parcel.ended' }), /its routingKey is parcel\.ended/],
    ['a source', (message) => spoilt(message, { source: '/other' }), /its source is \/other, not \/conveyor\/test/],
  ])('finds %s that is not what the contract says', async (_, spoil, problem) => {
    const history = makeHistory(ended);
    const [first, ...rest] = messagesOf(history);
    if (!first) throw new Error('nothing is announced');
    expect(await problemsOf(history, heardOf([spoil(first), ...rest]))).toContainEqual(expect.stringMatching(problem));
  });

  it('names workflows that were announced and are not in the journal', async () => {
    const [known, unknown] = [makeHistory(ended), makeHistory(underWay)];
    const { violations } = await audit([known], { heard: heardOf([...messagesOf(known), ...messagesOf(unknown)]) }, [
      talkative,
    ]);
    expect(violations).toEqual([
      { workflowId: unknown.head._id, invariant: 'I6', problem: 'it was announced, but the journal has no head' },
    ]);
  });

  it('counts what is no lifecycle event, and looks at nothing in it', () => {
    const heard = new HeardEvents(NAMESPACE);
    for (const text of ['no JSON', '{}', '{"workflowid":"x"}']) {
      heard.take({ body: Buffer.from(text), routingKey: 'a.b', messageId: undefined });
    }
    expect(heard).toMatchObject({ foreign: 3, events: 0, workflows: 0 });
  });
});

const spoilt = (message: Message, fields: Record<string, unknown>): Message => ({
  ...message,
  body: Buffer.from(JSON.stringify({ ...JSON.parse(message.body.toString()), ...fields })),
});
