import { AwsError } from './aws-error.ts';
import { element, readQueryBody, refuseAsQuery, sendQueryResult } from './query-protocol.ts';
import type { Service } from './service.ts';

interface Subscription {
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
}

interface SnsEmulator {
  createTopic(topicArn: string): void;
  subscribe(subscription: Subscription): void;
}

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';
/** Nobody sends a request for confirmation from here, so that nobody can have answered it. */
const UNCONFIRMED = 'PendingConfirmation';

/** SNS: which topics the stack made and who subscribed to them. Nothing publishes here, and nothing is sent. */
const startSns = ({ accountId }: { readonly accountId: string }): SnsEmulator & Service => {
  const topics = new Map<string, Map<string, Subscription>>();

  const subscriptionsOf = (topicArn: string): Map<string, Subscription> => {
    const found = topics.get(topicArn);
    if (found === undefined) throw new AwsError('NotFound', 'Topic does not exist', 404);
    return found;
  };

  const describe = ({ topicArn, protocol, endpoint }: Subscription): string =>
    `<member>${element('SubscriptionArn', UNCONFIRMED)}${element('Owner', accountId)}` +
    `${element('Protocol', protocol)}${element('Endpoint', endpoint)}${element('TopicArn', topicArn)}</member>`;

  return {
    createTopic: (topicArn) => void topics.set(topicArn, topics.get(topicArn) ?? new Map()),
    subscribe: (subscription) => {
      const { topicArn, protocol, endpoint } = subscription;
      subscriptionsOf(topicArn).set(JSON.stringify([protocol, endpoint]), subscription);
    },
    serve: async ({ request, response, authorize }) => {
      const query = await readQueryBody(request);
      const action = query.get('Action') ?? '';
      if (action !== 'ListSubscriptionsByTopic') {
        throw new AwsError('InvalidAction', `the SNS emulator does not know ${JSON.stringify(action)}`, 400);
      }
      const topicArn = query.get('TopicArn') ?? '';
      await authorize('sns:ListSubscriptionsByTopic', topicArn);
      const members = [...subscriptionsOf(topicArn).values()].map(describe).join('');
      sendQueryResult(response, action, NAMESPACE, `<Subscriptions>${members}</Subscriptions>`);
    },
    refuse: refuseAsQuery,
  };
};

export type { SnsEmulator, Subscription };
export { startSns };
