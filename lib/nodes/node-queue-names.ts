import { nodeQueueName } from '../constants.ts';
import { PermanentError } from '../errors.ts';

/**
 * Where the nodes' queues are, from the prefixes that the stack sets. Stage, URL and ARN must speak of the same queues:
 * a wrong one would make queues that nobody may use.
 * @throws PermanentError when they do not
 */
const readNodeQueueNames = (
  stage: string,
  urlPrefix: string,
  arnPrefix: string,
): { readonly region: string; readonly accountId: string } => {
  const [arn, , service, region = '', accountId = '', name] = arnPrefix.split(':');
  const [urlName, urlAccount] = urlPrefix.split('/').reverse();
  const expected = nodeQueueName(stage, '');
  const agree =
    arn === 'arn' &&
    service === 'sqs' &&
    region !== '' &&
    name === expected &&
    urlName === expected &&
    urlAccount === accountId;
  if (!agree) {
    throw new PermanentError(
      `the queue prefixes ${urlPrefix} and ${arnPrefix} do not both name ${expected}… in one account: deploy the stack again`,
    );
  }
  return { region, accountId };
};

export { readNodeQueueNames };
