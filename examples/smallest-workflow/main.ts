// The smallest complete workflow: a coffee is ordered, ground and brewed. Run it with
//   npx tsx examples/smallest-workflow/main.ts
import { z } from 'zod';
import {
  completed,
  defineAction,
  defineWorkflow,
  failed,
  renderTimeline,
  retry,
  startEmbeddedLine,
} from '../../shared/index.ts';

const grindBeans = defineAction({
  name: 'grind-beans',
  input: z.object({ cups: z.int().min(1) }),
  changes: z.object({ grams: z.int() }),
  failures: ['out-of-beans'],
  async run({ input }) {
    return input.cups > 50 ? failed('out-of-beans') : completed({ grams: input.cups * 9 });
  },
});

const brew = defineAction({
  name: 'brew',
  input: z.object({ grams: z.int() }),
  changes: z.object({ millilitres: z.int() }),
  async run({ input, attempt }) {
    if (attempt === 1) return retry('the water is cold', { afterMs: 300 });
    return completed({ millilitres: input.grams * 16 });
  },
});

const coffee = defineWorkflow({
  name: 'coffee',
  version: 1,
  input: z.object({ cups: z.int().min(1) }),
  actions: [grindBeans, brew],
  initial: 'ordered',
  states: {
    ordered: { choices: [{ action: 'grind-beans', to: 'ground', onFailure: { 'out-of-beans': 'sold-out' } }] },
    ground: { choices: [{ action: 'brew', to: 'served' }] },
    served: { end: 'succeeded' },
    'sold-out': { end: 'failed' },
  },
});

const line = await startEmbeddedLine({ actions: [grindBeans, brew], definitions: [coffee] });
const workflowId = await line.publishStart({ workflow: 'coffee', businessKey: 'table-4', data: { cups: 2 } });
const history = await line.ended(workflowId);
console.log(renderTimeline(history));
console.log('\ndata:', history.snapshots.at(-1)?.data);
await line.stop();
