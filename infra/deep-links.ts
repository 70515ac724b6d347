import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A page of the AWS console that an alarm's text points to. */
interface DeepLink {
  readonly title: string;
  readonly url: string;
}

const page = (scope: IConstruct, service: string, fragment: string): string =>
  `https://console.aws.amazon.com/${service}/home?region=${Stack.of(scope).region}#${fragment}`;

/** CloudWatch's console wants the slashes of a log group's name encoded twice, with `$` for the outer `%`. */
const encodeLogGroup = (name: string): string => name.replaceAll('/', '$252F');

const logGroupLink = (scope: IConstruct, name: string): DeepLink => ({
  title: 'Log',
  url: page(scope, 'cloudwatch', `logsV2:log-groups/log-group/${encodeLogGroup(name)}`),
});

const functionLogLink = (scope: IConstruct, functionName: string): DeepLink =>
  logGroupLink(scope, `/aws/lambda/${functionName}`);

const queueLink = (scope: IConstruct, queueName: string): DeepLink => {
  const { account, region, urlSuffix } = Stack.of(scope);
  const url = `https%3A%2F%2Fsqs.${region}.${urlSuffix}%2F${account}%2F${queueName}`;
  return { title: 'Queue', url: page(scope, 'sqs/v3', `/queues/${url}`) };
};

const tableLink = (scope: IConstruct, tableName: string): DeepLink => ({
  title: 'Table',
  url: page(scope, 'dynamodbv2', `table?name=${tableName}`),
});

const ruleLink = (scope: IConstruct, ruleName: string): DeepLink => ({
  title: 'Rule',
  url: page(scope, 'events', `/eventbus/default/rules/${ruleName}`),
});

export type { DeepLink };
export { functionLogLink, queueLink, ruleLink, tableLink };
