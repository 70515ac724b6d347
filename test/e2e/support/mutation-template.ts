import * as z from 'zod';
import type { Template, TemplateResource } from '../../../local/template/template.ts';

/** Cutting and changing templates, without knowing what they are about. */

const refSchema = z.strictObject({ Ref: z.string() });
const attributeSchema = z.strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const joinSchema = z.strictObject({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });

/** The resource that `{ Ref }` or `{ Fn::GetAtt }` names. @throws Error when it is neither */
const logicalIdOf = (value: unknown): string => {
  const id = refSchema.safeParse(value).data?.Ref ?? attributeSchema.safeParse(value).data?.['Fn::GetAtt'][0];
  if (id === undefined) throw new Error(`no reference: ${JSON.stringify(value)}`);
  return id;
};

/** Every resource as `change` answers it; undefined takes it away. */
const mapResources = (
  template: Template,
  change: (logicalId: string, resource: TemplateResource) => TemplateResource | undefined,
): Template => ({
  ...template,
  Resources: Object.fromEntries(
    Object.entries(template.Resources).flatMap(([id, resource]) => {
      const changed = change(id, resource);
      return changed === undefined ? [] : [[id, changed]];
    }),
  ),
});

/** The template with other properties of one resource. */
const withProperties = (
  template: Template,
  logicalId: string,
  properties: Record<string, unknown>,
): Template =>
  mapResources(template, (id, resource) =>
    id === logicalId ? { ...resource, Properties: { ...resource.Properties, ...properties } } : resource,
  );

const without = <Value>(record: Readonly<Record<string, Value>>, key: string): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));

const mentions = (value: unknown, logicalId: string): boolean =>
  JSON.stringify(value ?? null).includes(`"${logicalId}"`);

const statementsSchema = z.looseObject({
  PolicyDocument: z.looseObject({ Statement: z.array(z.unknown()) }),
});

/** The template without the resource, and without the permissions that were made for it alone, as the CDK would leave it. */
const withoutResource = (template: Template, logicalId: string): Template =>
  mapResources(template, (id, resource) => {
    if (id === logicalId) return undefined;
    if (!mentions(resource, logicalId)) return resource;
    const policy = statementsSchema.safeParse(resource.Properties);
    if (!policy.success) return undefined;
    const { PolicyDocument, ...properties } = policy.data;
    const Statement = PolicyDocument.Statement.filter((statement) => !mentions(statement, logicalId));
    return { ...resource, Properties: { ...properties, PolicyDocument: { ...PolicyDocument, Statement } } };
  });

/** Another resource of the same type, if the template has one: the next that `isCandidate`, from the first again after the last. */
const sibling = (
  template: Template,
  logicalId: string,
  isCandidate: (id: string) => boolean,
): string | undefined => {
  const type = template.Resources[logicalId]?.Type;
  const ids = Object.keys(template.Resources).filter((id) => template.Resources[id]?.Type === type);
  const place = ids.indexOf(logicalId);
  return [...ids.slice(place + 1), ...ids.slice(0, place)].find(isCandidate);
};

/** A value of the same kind that means something else: another table for a table, another queue for a queue. */
const elsewhere = (
  template: Template,
  value: unknown,
  isCandidate: (id: string) => boolean = () => true,
): unknown => {
  const ref = refSchema.safeParse(value);
  if (ref.success) {
    const id = sibling(template, ref.data.Ref, isCandidate);
    return id === undefined ? 'elsewhere' : { Ref: id };
  }
  const attribute = attributeSchema.safeParse(value);
  if (attribute.success) {
    const [own, name] = attribute.data['Fn::GetAtt'];
    const id = sibling(template, own, isCandidate);
    return id === undefined ? 'elsewhere' : { 'Fn::GetAtt': [id, name] };
  }
  const join = joinSchema.safeParse(value);
  if (join.success) {
    const [separator, parts] = join.data['Fn::Join'];
    return {
      'Fn::Join': [separator, [...parts.slice(0, -1), elsewhere(template, parts.at(-1), isCandidate)]],
    };
  }
  if (typeof value === 'string') return `${value}elsewhere`;
  throw new Error(`no other value is known for ${JSON.stringify(value)}`);
};

export { elsewhere, logicalIdOf, mapResources, without, withoutResource, withProperties };
