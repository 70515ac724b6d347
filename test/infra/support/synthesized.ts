import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { createDroverApp } from '../../../infra/drover-app.ts';
import type { DroverStack } from '../../../infra/drover-stack.ts';

const resourceSchema = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
});
type Resource = z.infer<typeof resourceSchema>;

const templateSchema = z.looseObject({
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown() })),
});

interface Synthesized {
  readonly resources: ReadonlyMap<string, Resource>;
  readonly outputs: readonly string[];
  /** The whole template as text. */
  readonly text: string;
  ofType(type: string): [logicalId: string, resource: Resource][];
  /** The one resource of this type whose property, its physical name, has this value. */
  named(type: string, property: string, name: string): [logicalId: string, resource: Resource];
}

/** Synthesizes the stack without bundles. `change` may spoil it first. Throws when cdk-nag finds something. */
const synthesize = (stage: string, change: (stack: DroverStack) => void = () => {}): Synthesized => {
  const outdir = mkdtempSync(join(tmpdir(), 'drover-synth-'));
  const { app, stack } = createDroverApp({ outdir, context: { stage, bundle: 'false' } });
  change(stack);
  const template = templateSchema.parse(app.synth().getStackByName(stack.stackName).template);
  const resources = new Map(Object.entries(template.Resources));
  const ofType = (type: string) => [...resources].filter(([, resource]) => resource.Type === type);
  return {
    resources,
    outputs: Object.keys(template.Outputs),
    text: JSON.stringify(template),
    ofType,
    named: (type, property, name) => {
      const [found, ...more] = ofType(type).filter(([, { Properties }]) => Properties[property] === name);
      if (found === undefined || more.length > 0) throw new Error(`not one ${type} with ${property} ${name}`);
      return found;
    },
  };
};

const cache = new Map<string, Synthesized>();

/** The stack of `stage` as `cdk deploy` would send it, but for the functions' code. */
const synthesized = (stage: string): Synthesized => {
  const known = cache.get(stage) ?? synthesize(stage);
  cache.set(stage, known);
  return known;
};

export type { Resource, Synthesized };
export { synthesize, synthesized };
