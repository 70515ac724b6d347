import type { Template, TemplateResource } from '../../../local/template/template.ts';

/** The properties that hold a resource's own name. */
const NAME_PROPERTIES = ['QueueName', 'FunctionName', 'TableName', 'Name', 'RuleName'];

/** The resource's name without what all names have in common, e.g. `route-events`. */
const nameOf = (template: Template, logicalId: string): string => {
  const properties = template.Resources[logicalId]?.Properties ?? {};
  const name = NAME_PROPERTIES.map((property) => properties[property]).find(
    (value): value is string => typeof value === 'string',
  );
  return name?.replace(/^[a-z]+-[a-z]+-/, '') ?? logicalId;
};

const resourcesOfType = (template: Template, type: string): [id: string, resource: TemplateResource][] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

export { nameOf, resourcesOfType };
