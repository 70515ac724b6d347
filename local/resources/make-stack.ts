import { ACCOUNT_ID, PARTITION, REGION, URL_SUFFIX } from '../arns.ts';
import { CloudError } from '../cloud-error.ts';
import { dependenciesOf, dependencyOrder } from '../template/references.ts';
import { resolve, type Scope } from '../template/resolve.ts';
import type { Template } from '../template/template.ts';
import type { Made, Workshop } from './kind.ts';
import { kinds } from './kinds.ts';

const createScope = (template: Template, stackName: string, made: ReadonlyMap<string, Made>): Scope => {
  const pseudoParameters: Record<string, string> = {
    'AWS::AccountId': ACCOUNT_ID,
    'AWS::Region': REGION,
    'AWS::Partition': PARTITION,
    'AWS::URLSuffix': URL_SUFFIX,
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:${PARTITION}:cloudformation:${REGION}:${ACCOUNT_ID}:stack/${stackName}/local`,
  };
  return {
    ref: (name) => pseudoParameters[name] ?? template.Parameters[name]?.Default ?? made.get(name)?.ref,
    attribute: (logicalId, attribute) => made.get(logicalId)?.attributes[attribute],
    condition: (name) => {
      const condition = template.Conditions[name];
      if (condition === undefined) throw new CloudError(`the template has no condition ${name}`);
      return condition;
    },
    mapping: (name, top, second) => template.Mappings[name]?.[top]?.[second],
  };
};

/**
 * Makes every resource of the template, each after those that it refers to, and answers the stack's outputs.
 * @throws CloudError naming the resource that cannot be made, and why.
 */
const makeStack = async (
  template: Template,
  stackName: string,
  workshop: Workshop,
): Promise<Record<string, string>> => {
  const made = new Map<string, Made>();
  const scope = createScope(template, stackName, made);
  const isWanted = (condition: string | undefined): boolean =>
    condition === undefined || resolve({ Condition: condition }, scope, `condition ${condition}`) === true;

  const making = new Map<string, Promise<void>>();
  const make = async (logicalId: string): Promise<void> => {
    const resource = template.Resources[logicalId];
    if (resource === undefined || !isWanted(resource.Condition)) return;
    await Promise.all(dependenciesOf(resource, template).map((dependency) => making.get(dependency)));
    const kind = kinds.get(resource.Type);
    if (kind === undefined) {
      throw new CloudError(
        `${resource.Type} ${logicalId}: the embedded cloud does not know this type: add it to local/resources/kinds.ts`,
      );
    }
    const properties = resolve(resource.Properties, scope, logicalId);
    made.set(
      logicalId,
      await kind(properties, { logicalId, fallbackName: `${stackName}-${logicalId}` }, workshop),
    );
  };
  // In this order each dependency is in `making` before those that wait for it.
  for (const logicalId of dependencyOrder(template)) making.set(logicalId, make(logicalId));
  await Promise.all(making.values());

  const outputs: Record<string, string> = {};
  for (const [name, { Value, Condition }] of Object.entries(template.Outputs)) {
    if (isWanted(Condition)) outputs[name] = String(resolve(Value, scope, `output ${name}`));
  }
  return outputs;
};

export { makeStack };
