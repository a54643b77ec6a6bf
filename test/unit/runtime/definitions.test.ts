import { describe, expect, it } from '@jest/globals';
import { definitionId } from '../../../shared/core/names.ts';
import { InMemoryStore } from '../../../shared/journal/in-memory/index.ts';
import { Definitions } from '../../../shared/runtime/definitions.ts';
import { VirtualClock } from '../../../shared/testing/virtual-clock.ts';
import { definitionWith } from '../../support/definitions.ts';

function setup() {
  const clock = new VirtualClock();
  const journal = new InMemoryStore(clock).connect();
  const asked: string[] = [];
  const definitions = new Definitions(
    {
      findDefinition: (name, version) => {
        asked.push(`${name} ${version}`);
        return journal.findDefinition(name, version);
      },
      latestDefinition: (name) => {
        asked.push(name);
        return journal.latestDefinition(name);
      },
    },
    clock,
  );
  const register = (name: string, version: number) =>
    journal.registerDefinition({
      _id: definitionId(name, version),
      name,
      version,
      hash: '',
      definition: definitionWith({}, { name, version }),
      active: true,
      registeredAt: new Date(0),
    });
  return { clock, asked, definitions, register };
}

describe('the remembered definitions', () => {
  it('reads a version once: it never changes', async () => {
    const { clock, asked, definitions, register } = setup();
    await register('parcel', 1);
    const first = await definitions.find('parcel', 1);
    await clock.advance(86_400_000);
    expect(await definitions.find('parcel', 1)).toBe(first);
    expect(asked).toEqual(['parcel 1']);
  });

  it('asks once for all who ask at the same time', async () => {
    const { clock, asked, definitions, register } = setup();
    await register('parcel', 1);
    const askAll = () => Promise.all(Array.from({ length: 100 }, () => definitions.latest('parcel')));
    await askAll();
    await clock.advance(1_001);
    await askAll();
    expect(asked).toEqual(['parcel', 'parcel']);
  });

  it('asks again after a question that failed', async () => {
    const clock = new VirtualClock();
    const journal = new InMemoryStore(clock).connect();
    let failures = 1;
    const latestDefinition = (name: string) =>
      failures-- > 0 ? Promise.reject(new Error('no answer')) : journal.latestDefinition(name);
    const definitions = new Definitions({ findDefinition: () => Promise.resolve(null), latestDefinition }, clock);
    await expect(definitions.latest('parcel')).rejects.toThrow('no answer');
    expect(await definitions.latest('parcel')).toBeNull();
  });

  it('hands out one and the same object, however many ask at once and in whichever way', async () => {
    const { definitions, register } = setup();
    await register('parcel', 1);
    const found = await Promise.all([
      definitions.find('parcel', 1),
      definitions.latest('parcel'),
      definitions.find('parcel', 1),
      definitions.latest('parcel'),
    ]);
    expect(found[0]?.name).toBe('parcel');
    expect(new Set(found).size).toBe(1);
  });

  it('finds a version as soon as it is registered', async () => {
    const { definitions, register } = setup();
    expect(await definitions.find('parcel', 1)).toBeNull();
    await register('parcel', 1);
    expect(await definitions.find('parcel', 1)).toMatchObject({ version: 1 });
  });

  it('believes for a second which version is the highest, and that there is none', async () => {
    const { clock, asked, definitions, register } = setup();
    expect(await definitions.latest('parcel')).toBeNull();
    await register('parcel', 1);
    await clock.advance(999);
    expect(await definitions.latest('parcel')).toBeNull();
    await clock.advance(1);
    expect(await definitions.latest('parcel')).toMatchObject({ version: 1 });
    await register('parcel', 2);
    expect(await definitions.latest('parcel')).toMatchObject({ version: 1 });
    await clock.advance(1_000);
    expect(await definitions.latest('parcel')).toMatchObject({ version: 2 });
    expect(asked).toEqual(['parcel', 'parcel', 'parcel']);
  });

  it('counts the second from the question and not from the answer', async () => {
    const clock = new VirtualClock();
    let asked = 0;
    const slow = new Definitions(
      {
        findDefinition: async () => null,
        latestDefinition: async () => {
          asked += 1;
          await clock.sleep(1_000);
          return null;
        },
      },
      clock,
    );
    const first = slow.latest('parcel');
    await clock.advance(1_000);
    await first;
    void slow.latest('parcel');
    expect(asked).toBe(2);
  });

  it('tells apart names that look alike', async () => {
    const { definitions, register } = setup();
    await register('parcel', 1);
    await register('parcel-1', 11);
    expect(await definitions.find('parcel-1', 11)).toMatchObject({ name: 'parcel-1' });
    expect(await definitions.find('parcel', 1)).toMatchObject({ name: 'parcel' });
    expect(await definitions.find('parcel', 11)).toBeNull();
  });

  it('does not grow with the names that strangers make up', async () => {
    const { asked, definitions, register } = setup();
    await register('parcel', 1);
    await definitions.latest('parcel');
    for (let index = 0; index < 2_000; index += 1) await definitions.latest(`unknown-${index}`);
    asked.length = 0;
    // Forgotten and asked again, within the second: so nothing of two thousand names is kept but the last ones.
    expect(await definitions.latest('parcel')).toMatchObject({ version: 1 });
    expect(asked).toEqual(['parcel']);
  });
});
