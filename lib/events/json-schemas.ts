import * as z from 'zod';
import { catalogue } from './catalogue.ts';
import { envelopeSchema } from './envelope.ts';

/** The JSON Schema of each event's whole `detail`, by name: the envelope and the fields. */
const jsonSchemas = (): ReadonlyMap<string, unknown> =>
  new Map(
    Object.entries(catalogue).map(([name, { description, fields }]) => [
      name,
      {
        ...z.toJSONSchema(envelopeSchema.extend(fields.shape).loose(), { io: 'input' }),
        ...fields.meta(),
        title: name,
        description,
      },
    ]),
  );

export { jsonSchemas };
