import { describe, expect, it } from '@jest/globals';
import { Fatal } from '../../../shared/core/errors.ts';
import { hostedActions, loadActionModule } from '../../../shared/runtime/action-module.ts';

const directory = `${import.meta.dirname}/../../support/modules`;
const load = (name: string) => loadActionModule(name, directory);
/** A module whose source is the text. */
const source = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;

describe('a module of actions', () => {
  it.each(['./parcels.ts', 'parcels.ts', `${directory}/parcels.ts`])('is found by the path %s', async (name) => {
    const module = await load(name);
    expect(module.actions.map((action) => action.name)).toEqual(['pack', 'send']);
    expect(module.definitions).toHaveLength(1);
  });

  it.each([
    ['there is none', './nowhere.ts', /: there is no such file: \/.*\/nowhere\.ts$/],
    [
      'no file and no package has the name',
      'no-such-package-of-ours',
      /^Module \S+: there is no such file here, and no package of that name\.$/,
    ],
    ['it throws', source('throw new Error("no key\\nset it")'), /cannot be loaded: no key$/],
    ['it exports nothing of use', source('export const other = 1'), /exports neither "actions" nor "definitions"/],
    ['its actions are no actions', source('export const actions = [{ name: "x" }]'), /what defineAction returns/],
    ['its definitions are no list', source('export const definitions = {}'), /what defineWorkflow returns/],
    [
      'two actions share a name',
      source(
        `const a = { name: 'a', contract: {}, run() {}, parseInput() {}, parseChanges() {} }; export const actions = [a, a]`,
      ),
      /two actions of the name "a"/,
    ],
  ])('is refused when %s', async (_, name, problem) => {
    await expect(load(name)).rejects.toMatchObject({ code: 'module-invalid', message: expect.stringMatching(problem) });
  });

  it('lets through what a module says about its own configuration', async () => {
    const error = new Fatal('config-invalid', { variable: 'SHOP_URL', problem: 'is not set.' });
    Reflect.set(globalThis, 'shopError', error);
    await expect(load(source('throw globalThis.shopError'))).rejects.toBe(error);
    Reflect.deleteProperty(globalThis, 'shopError');
  });
});

describe('the actions that a worker hosts', () => {
  const refusalOf = async (wanted: readonly string[]): Promise<unknown> => {
    const module = await load('parcels.ts');
    try {
      return hostedActions(module, wanted).map(({ name }) => name);
    } catch (error) {
      return error;
    }
  };

  it('are those that its arguments name, each once', async () => {
    expect(await refusalOf(['send', 'pack', 'send'])).toEqual(['send', 'pack']);
  });

  it('are listed when none is named', async () => {
    expect(await refusalOf([])).toMatchObject({
      code: 'config-invalid',
      message: 'arguments: name the actions to host; parcels.ts has: pack, send.',
    });
  });

  it('are listed when one does not exist, with the one that was probably meant', async () => {
    expect(await refusalOf(['pack', 'sent'])).toMatchObject({
      message: 'arguments: there is no action "sent"; did you mean "send"? parcels.ts has: pack, send.',
    });
    expect(await refusalOf(['unpacking'])).toMatchObject({
      message: 'arguments: there is no action "unpacking": parcels.ts has: pack, send.',
    });
  });
});
