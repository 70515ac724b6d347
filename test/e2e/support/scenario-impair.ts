import * as z from 'zod';
import type { Template, TemplateResource } from '../../../local/template/template.ts';
import { logicalIdOf, mapResources } from './mutation-template.ts';
import type { CloudKind } from './scenario-cloud.ts';

/** Faults that a check needs, made in the template: so they work whatever else was changed in it. */

const statementSchema = z.looseObject({
  Effect: z.string(),
  Action: z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat()),
  Principal: z.unknown().optional(),
});
const policySchema = z.looseObject({ PolicyDocument: z.looseObject({ Statement: z.array(z.unknown()) }) });

const withStatements = (
  resource: TemplateResource,
  keep: (statement: z.infer<typeof statementSchema>) => boolean,
): TemplateResource => {
  const { PolicyDocument, ...properties } = policySchema.parse(resource.Properties);
  const Statement = PolicyDocument.Statement.filter((statement) => keep(statementSchema.parse(statement)));
  return { ...resource, Properties: { ...properties, PolicyDocument: { ...PolicyDocument, Statement } } };
};

const isEventBridge = (principal: unknown): boolean =>
  JSON.stringify(principal).includes('events.amazonaws.com');

/** Nothing but dead-letter queues takes what EventBridge brings. */
const withoutTargets = (template: Template): Template => {
  const isDeadLetterQueue = (id: string): boolean =>
    String(template.Resources[id]?.Properties['QueueName']).endsWith('-dlq');
  return mapResources(template, (_id, resource) => {
    if (resource.Type === 'AWS::Logs::ResourcePolicy') return undefined;
    if (resource.Type === 'AWS::Lambda::Permission') {
      return isEventBridge(resource.Properties['Principal']) ? undefined : resource;
    }
    if (resource.Type !== 'AWS::SQS::QueuePolicy') return resource;
    const [queue] = z.array(z.unknown()).parse(resource.Properties['Queues']);
    if (isDeadLetterQueue(logicalIdOf(queue))) return resource;
    return withStatements(
      resource,
      ({ Effect, Principal }) => Effect === 'Deny' || !isEventBridge(Principal),
    );
  });
};

const mappingSchema = z.looseObject({ FunctionName: z.unknown() });
const functionSchema = z.looseObject({ Role: z.unknown() });
const rolesSchema = z.looseObject({ Roles: z.array(z.unknown()) });

/** Between two tries of a message in this cloud, so that checks need not wait for minutes. */
const VISIBILITY_SECONDS = 1;

/** The functions that consume queues can send nothing, so what they refuse stays where it is. */
const withMuteConsumers = (template: Template): Template => {
  const roles = new Set(
    Object.values(template.Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')
      .map(({ Properties }) => logicalIdOf(mappingSchema.parse(Properties).FunctionName))
      .map((id) => logicalIdOf(functionSchema.parse(template.Resources[id]?.Properties).Role)),
  );
  return mapResources(template, (_id, resource) => {
    if (resource.Type === 'AWS::SQS::Queue') {
      return { ...resource, Properties: { ...resource.Properties, VisibilityTimeout: VISIBILITY_SECONDS } };
    }
    if (resource.Type !== 'AWS::IAM::Policy') return resource;
    if (!rolesSchema.parse(resource.Properties).Roles.some((role) => roles.has(logicalIdOf(role)))) {
      return resource;
    }
    return withStatements(resource, ({ Action }) => !Action.includes('sqs:SendMessage'));
  });
};

/** The template with the fault that this kind of cloud is to have. */
const impair = (template: Template, kind: CloudKind): Template => {
  if (kind === 'refusing') return withoutTargets(template);
  if (kind === 'mute') return withMuteConsumers(template);
  return template;
};

export { impair };
