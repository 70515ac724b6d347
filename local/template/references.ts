import * as z from 'zod';
import { CloudError } from '../cloud-error.ts';
import type { Template, TemplateResource } from './template.ts';

const SUB_NAME = /\$\{([^!}][^}]*)\}/g;
const objectSchema = z.record(z.string(), z.unknown());

/** The names that a `Fn::Sub` text refers to, e.g. `Queue.Arn`, `AWS::Region`. */
const namesInSub = (text: string): string[] =>
  [...text.matchAll(SUB_NAME)].map(([, name]) => name?.trim() ?? '');

const collect = (value: unknown, found: Set<string>): void => {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
    return;
  }
  const parsed = objectSchema.safeParse(value);
  if (!parsed.success) return;
  for (const [key, inner] of Object.entries(parsed.data)) {
    if (key === 'Ref' && typeof inner === 'string') found.add(inner);
    else if (key === 'Fn::GetAtt') {
      const name: unknown = Array.isArray(inner) ? inner[0] : inner;
      if (typeof name === 'string') found.add(name.split('.')[0] ?? name);
    } else if (key === 'Fn::Sub') {
      const text: unknown = Array.isArray(inner) ? inner[0] : inner;
      if (typeof text === 'string') {
        for (const name of namesInSub(text)) found.add(name.split('.')[0] ?? name);
      }
    }
    collect(inner, found);
  }
};

/** The logical ids of `template` that a resource needs first, by `DependsOn` or by reference. */
const dependenciesOf = (resource: TemplateResource, template: Template): string[] => {
  const found = new Set<string>([resource.DependsOn ?? []].flat());
  collect(resource.Properties, found);
  return [...found].filter((name) => name in template.Resources);
};

/**
 * All logical ids, each after those that it depends on.
 * @throws CloudError naming the circle when there is one, as CloudFormation does.
 */
const dependencyOrder = (template: Template): string[] => {
  const ordered = new Set<string>();
  const visit = (logicalId: string, path: readonly string[]): void => {
    if (ordered.has(logicalId)) return;
    if (path.includes(logicalId)) {
      throw new CloudError(`resources depend on each other in a circle: ${[...path, logicalId].join(' → ')}`);
    }
    const resource = template.Resources[logicalId];
    if (resource === undefined) return;
    for (const dependency of dependenciesOf(resource, template)) visit(dependency, [...path, logicalId]);
    ordered.add(logicalId);
  };
  for (const logicalId of Object.keys(template.Resources)) visit(logicalId, []);
  return [...ordered];
};

export { dependenciesOf, dependencyOrder, namesInSub, SUB_NAME };
