import { DeleteQueueCommand, QueueDoesNotExist, type SQSClient } from '@aws-sdk/client-sqs';

/** Deletes a node's queue (`queueUrlPrefix` + nodeId); harmless when it is gone. */
const deleteNodeQueue = async (
  sqs: Pick<SQSClient, 'send'>,
  queueUrlPrefix: string,
  nodeId: string,
): Promise<void> => {
  try {
    await sqs.send(new DeleteQueueCommand({ QueueUrl: `${queueUrlPrefix}${nodeId}` }));
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) throw error;
  }
};

export { deleteNodeQueue };
