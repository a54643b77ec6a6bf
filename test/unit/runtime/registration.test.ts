import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineAction } from '../../../shared/core/define-action.ts';
import type { Refused } from '../../../shared/core/errors.ts';
import { completed } from '../../../shared/core/outcome.ts';
import { InMemoryStore } from '../../../shared/journal/in-memory/index.ts';
import { type RegistrationJournal, registerDefinition } from '../../../shared/runtime/registration.ts';
import { VirtualClock } from '../../../shared/testing/virtual-clock.ts';
import { parcelWorkflow, testAction } from '../../support/test-actions.ts';

const contracts = [testAction('pack').contract, testAction('send').contract];

function setUp() {
  const clock = new VirtualClock();
  const journal = new InMemoryStore(clock).connect();
  const register = (value: unknown, brought?: typeof contracts) =>
    registerDefinition(journal, value, brought ? { clock, brought } : { clock });
  const code = (registering: Promise<unknown>): Promise<string> =>
    registering.then(
      () => 'registered',
      (error: Refused) => error.code,
    );
  return { clock, journal, register, code };
}

describe('registering a definition', () => {
  it('stores it under its name and version, active, with its content hash', async () => {
    const { journal, register } = setUp();
    for (const contract of contracts) await journal.writeStation(contract, new Date(0), 'worker');
    const { result, hash } = await register(parcelWorkflow());
    expect(result).toBe('registered');
    expect(await journal.latestDefinition('parcel')).toMatchObject({ version: 1, hash, active: true });
  });

  it('changes nothing the second time, also when it came through JSON', async () => {
    const { register } = setUp();
    await register(parcelWorkflow(), contracts);
    const again: unknown = JSON.parse(JSON.stringify(parcelWorkflow()));
    expect(await register(again, contracts)).toMatchObject({ result: 'same' });
  });

  it('refuses other content under the same version, and writes nothing', async () => {
    const { journal, register, code } = setUp();
    await register(parcelWorkflow({ announce: 'steps' }), contracts);
    expect(await code(register(parcelWorkflow({ announce: 'milestones' }), contracts))).toBe('definition-conflict');
    expect((await journal.latestDefinition('parcel'))?.definition.announce).toBe('steps');
  });

  it('stores no contracts for a definition that it refuses', async () => {
    const { journal, register, code } = setUp();
    await register(parcelWorkflow(), contracts);
    const other = {
      ...parcelWorkflow(),
      states: {
        placed: { choices: [{ action: 'weigh', to: 'packed' }] },
        packed: { choices: [{ action: 'send', to: 'sent' }] },
        sent: { end: 'succeeded' },
      },
    };
    const brought = [...contracts, testAction('weigh').contract];
    expect(await code(register(other, brought))).toBe('definition-conflict');
    expect((await journal.listStations()).map(({ _id }) => _id).sort()).toEqual(['pack', 'send']);
  });

  it('refuses other content also when another has registered it at the same moment', async () => {
    const { clock, journal, register, code } = setUp();
    await register(parcelWorkflow({ announce: 'steps' }), contracts);
    const late: RegistrationJournal = {
      listStations: () => journal.listStations(),
      writeStation: (contract, at, from) => journal.writeStation(contract, at, from),
      findDefinition: () => Promise.resolve(null),
      registerDefinition: (record) => journal.registerDefinition(record),
    };
    const registering = registerDefinition(late, parcelWorkflow({ announce: 'milestones' }), { clock });
    expect(await code(registering)).toBe('definition-conflict');
  });

  it('refuses actions that nobody knows, naming them', async () => {
    const { journal, register } = setUp();
    await journal.writeStation(testAction('pack').contract, new Date(0), 'worker');
    await expect(register(parcelWorkflow())).rejects.toMatchObject({
      code: 'actions-unknown',
      message: expect.stringContaining('send'),
    });
    expect(await journal.listDefinitions()).toEqual([]);
  });

  it('takes contracts that come along for actions that no worker has hosted, and stores those that it used', async () => {
    const { journal, register } = setUp();
    await register(parcelWorkflow(), [...contracts, testAction('unused').contract]);
    expect((await journal.listStations()).map(({ _id }) => _id).sort()).toEqual(['pack', 'send']);
  });

  it('believes what a worker has written rather than what comes along', async () => {
    const { journal, register } = setUp();
    const needsMore = defineAction({
      name: 'pack',
      input: z.object({ size: z.string() }),
      changes: z.object({}),
      failures: ['refused'],
      run: () => Promise.resolve(completed({})),
    });
    await journal.writeStation(needsMore.contract, new Date(0), 'worker');
    await expect(register(parcelWorkflow(), contracts)).rejects.toMatchObject({
      code: 'definition-invalid',
      message: expect.stringMatching(/size.*Workers of pack .* start the new ones first/s),
    });
    expect((await journal.listStations())[0]?.contract).toEqual(needsMore.contract);
  });

  it('refuses what is no definition, naming the field', async () => {
    const { register } = setUp();
    await expect(register({ ...parcelWorkflow(), version: 0 })).rejects.toMatchObject({
      code: 'definition-invalid',
      message: expect.stringContaining('version'),
    });
  });
});
