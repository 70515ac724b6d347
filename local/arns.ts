/** Where the embedded cloud pretends to be: fixed, so that every ARN survives a restart. */
const ACCOUNT_ID = '000000000000';
const REGION = 'us-east-1';
const PARTITION = 'aws';
const URL_SUFFIX = 'amazonaws.com';

/** The ARN of a resource in this account and region. */
const regionalArn = (service: string, resource: string): string =>
  `arn:${PARTITION}:${service}:${REGION}:${ACCOUNT_ID}:${resource}`;

/** The ARN of an IAM resource: it has no region. */
const iamArn = (resource: string): string => `arn:${PARTITION}:iam::${ACCOUNT_ID}:${resource}`;

/** The third part of an ARN, e.g. `sqs`. */
const serviceOfArn = (arn: string): string => arn.split(':')[2] ?? '';

/** What follows account and region, e.g. the name of a queue, `function:<name>`, `log-group:<name>`. */
const resourceOfArn = (arn: string): string => arn.split(':').slice(5).join(':');

/** Queue URLs have the shape that AWS gives them: clients with `AWS_ENDPOINT_URL` send them to the front door. */
const queueUrl = (name: string): string => `https://sqs.${REGION}.${URL_SUFFIX}/${ACCOUNT_ID}/${name}`;

export {
  ACCOUNT_ID,
  iamArn,
  PARTITION,
  queueUrl,
  REGION,
  regionalArn,
  resourceOfArn,
  serviceOfArn,
  URL_SUFFIX,
};
