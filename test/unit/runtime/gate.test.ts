import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Gate, Slots } from '../../../shared/runtime/gate.ts';
import { settle } from '../../../shared/testing/virtual-clock.ts';

/** Everyone who asked, by name, in the order in which they came in. */
function visitors() {
  const inside = new Map<string, () => void>();
  const came: string[] = [];
  const comeIn = async (name: string, entered: Promise<() => void>): Promise<void> => {
    inside.set(name, await entered);
    came.push(name);
  };
  const ask = (name: string, entered: Promise<() => void>): void => void comeIn(name, entered);
  const leave = (name: string): void => {
    inside.get(name)?.();
    inside.delete(name);
  };
  return { inside, came, ask, leave };
}

describe('the gate of a process', () => {
  it('lets any number in together', async () => {
    const gate = new Gate();
    const { came, ask } = visitors();
    for (const name of ['a', 'b', 'c']) ask(name, gate.enter('together'));
    await settle();
    expect(came).toEqual(['a', 'b', 'c']);
  });

  it('G1: lets nobody in beside the one who is alone, and him only when all have left', async () => {
    const gate = new Gate();
    const { came, ask, leave } = visitors();
    ask('a', gate.enter('together'));
    ask('b', gate.enter('together'));
    ask('alone', gate.enter('alone'));
    await settle();
    leave('a');
    await settle();
    expect(came).toEqual(['a', 'b']);
    leave('b');
    ask('c', gate.enter('together'));
    await settle();
    expect(came).toEqual(['a', 'b', 'alone']);
    leave('alone');
    await settle();
    expect(came).toEqual(['a', 'b', 'alone', 'c']);
  });

  it('G1: one after the other where several want to be alone', async () => {
    const gate = new Gate();
    const { came, ask, leave } = visitors();
    ask('first', gate.enter('alone'));
    ask('second', gate.enter('alone'));
    await settle();
    expect(came).toEqual(['first']);
    leave('first');
    await settle();
    expect(came).toEqual(['first', 'second']);
  });

  it('G2: whoever wants to be alone comes before those who arrive after it', async () => {
    const gate = new Gate();
    const { came, ask, leave } = visitors();
    ask('a', gate.enter('together'));
    ask('alone', gate.enter('alone'));
    ask('late', gate.enter('together'));
    await settle();
    expect(came).toEqual(['a']);
    leave('a');
    await settle();
    expect(came).toEqual(['a', 'alone']);
  });

  it('takes a pass back once: giving it back again frees no other', async () => {
    const gate = new Gate();
    const { came, ask } = visitors();
    const leave = await gate.enter('together');
    ask('b', gate.enter('together'));
    leave();
    leave();
    ask('alone', gate.enter('alone'));
    await settle();
    expect(came).toEqual(['b']);
  });

  it('G1 and G2, whoever comes and leaves in whatever order; and everyone comes in at last', async () => {
    const move = fc.oneof(fc.constantFrom('together' as const, 'alone' as const), fc.nat({ max: 9 }));
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 30 }), async (moves) => {
        const gate = new Gate();
        const { inside, came, ask, leave } = visitors();
        const asked: string[] = [];
        const check = (): void => {
          const alone = [...inside.keys()].filter((name) => name.startsWith('alone'));
          if (alone.length > 0) expect([...inside.keys()]).toEqual(alone.slice(0, 1)); // G1
          expect(came).toEqual(asked.slice(0, came.length)); // G2: first come, first served
        };
        for (const [index, one] of moves.entries()) {
          if (typeof one === 'number') leave([...inside.keys()][one % Math.max(1, inside.size)] ?? '');
          else {
            asked.push(`${one} ${index}`);
            ask(`${one} ${index}`, gate.enter(one));
          }
          await settle();
          check();
        }
        for (let left = asked.length; left > 0; left -= 1) {
          leave([...inside.keys()][0] ?? '');
          await settle();
          check();
        }
        expect(came).toEqual(asked);
      }),
      { numRuns: 50 },
    );
  });
});

describe('slots', () => {
  it('lets in as many as there are; the others wait in the order in which they came', async () => {
    const slots = new Slots(2);
    const { came, ask, leave } = visitors();
    for (const name of ['a', 'b', 'c', 'd']) ask(name, slots.enter());
    await settle();
    expect(came).toEqual(['a', 'b']);
    expect(slots.taken).toBe(2);
    leave('b');
    await settle();
    expect(came).toEqual(['a', 'b', 'c']);
    leave('a');
    leave('c');
    await settle();
    expect(came).toEqual(['a', 'b', 'c', 'd']);
    expect(slots.taken).toBe(1);
    leave('d');
    expect(slots.taken).toBe(0);
  });

  it('a slot that goes from hand to hand is not free in between', async () => {
    const slots = new Slots(1);
    const { came, ask, leave } = visitors();
    ask('a', slots.enter());
    ask('b', slots.enter());
    await settle();
    leave('a');
    ask('c', slots.enter());
    await settle();
    expect(came).toEqual(['a', 'b']);
  });

  it('takes a slot back once', async () => {
    const slots = new Slots(1);
    const leave = await slots.enter();
    leave();
    leave();
    expect(slots.taken).toBe(0);
  });
});
