import { z } from 'zod';
import { envelopeSchema } from '../../shared/contract/envelope.ts';
import { lifecycleEventSchema } from '../../shared/contract/lifecycle-event.ts';
import { probeSchema } from '../../shared/contract/probe.ts';
import { startEventSchema } from '../../shared/contract/start-event.ts';
import { cancellationSchema, notificationSchema } from '../../shared/contract/steward-event.ts';
import { ticketSchema } from '../../shared/contract/ticket.ts';
import { choicesStateSchema, definitionSchema, endStateSchema } from '../../shared/core/definition-schema.ts';

/** A JSON Schema as far as the documents read it. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly const?: string | number;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
}

export interface SchemaDocument {
  /** Its file is `<name>.schema.json`. */
  readonly name: string;
  /** Its description begins with what it is called: `Envelope: carries …`. */
  readonly schema: Schema;
}

/** The code looks into these two fields by itself; for the documents they are spelled out. */
const publishedDefinition = definitionSchema
  .extend({
    input: z.looseObject({ type: z.literal('object') }).describe(definitionSchema.shape.input.description ?? ''),
    states: z
      .record(z.string(), z.union([choicesStateSchema, endStateSchema]))
      .describe('By name: what may be done in the state, or that it is an end.'),
  })
  .describe('Workflow definition: is a graph whose nodes are states and whose edges are choices of an action.');

const SOURCES = [
  { name: 'start-event', source: startEventSchema },
  { name: 'notification', source: notificationSchema },
  { name: 'cancellation', source: cancellationSchema },
  { name: 'envelope', source: envelopeSchema },
  { name: 'ticket', source: ticketSchema },
  { name: 'probe', source: probeSchema },
  { name: 'lifecycle-event', source: lifecycleEventSchema },
  { name: 'workflow-definition', source: publishedDefinition },
];

/** The schemas of everything that crosses a border, as JSON Schema 2020-12. */
export const schemaDocuments = (): readonly SchemaDocument[] =>
  SOURCES.map(({ name, source }) => ({
    name,
    // What toJSONSchema returns is a JSON Schema; ours are made of the keywords that Schema names.
    schema: z.toJSONSchema(source, { io: 'input' }) as Schema,
  }));
