import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { type FunctionName, METRICS, type MetricName } from '../lib/constants.ts';
import { PermanentError } from '../lib/errors.ts';
import { type Clock, toTimestamp } from '../lib/time.ts';
import { type QueueRecord, queueRecordSchema } from './queue-record.ts';

/** How `handle` adds to the function's metrics. */
interface Measure {
  /** One more. */
  count(name: MetricName): void;
  /** A duration. Below 0, when two clocks disagree, counts as 0: it took no time that we could tell. */
  seconds(name: MetricName, seconds: number): void;
}

interface RecordsHandlerOptions<Message> {
  readonly functionName: FunctionName;
  /** The dead-letter queue of the function's own source queue. */
  readonly refusedQueueUrl: string;
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly clock: Clock;
  /** @throws PermanentError when the record can never be handled */
  readonly parse: (record: QueueRecord) => Message;
  /** Must be harmless when repeated: any error but PermanentError brings the record back. */
  readonly handle: (message: Message, record: QueueRecord, measure: Measure) => Promise<void>;
}

/** SQS takes printable characters in attributes; the rest of a long reason is in the log. */
const REASON_MAX_CHARACTERS = 1024;

const printable = (reason: string): string =>
  reason.replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '?').slice(0, REASON_MAX_CHARACTERS) || 'unknown';

/**
 * The one harness of the queue functions: each record by itself, parse → handle. A PermanentError puts the unchanged
 * body with the reason into the dead-letter queue and acknowledges the record; any other error, also of that send,
 * reports the record as failed, so that SQS brings it back.
 */
const createRecordsHandler = <Message>(
  options: RecordsHandlerOptions<Message>,
): ((event: SQSEvent, context?: Context) => Promise<SQSBatchResponse>) => {
  const { functionName, refusedQueueUrl, sqs, clock } = options;
  const logger = new Logger({ serviceName: functionName });
  const metrics = new Metrics({ namespace: METRICS.namespace, serviceName: functionName });
  const measure: Measure = {
    count: (name) => void metrics.addMetric(name, MetricUnit.Count, 1),
    seconds: (name, seconds) => void metrics.addMetric(name, MetricUnit.Seconds, Math.max(0, seconds)),
  };

  const refuse = async (record: SQSRecord, reason: string): Promise<void> => {
    const text = (value: string): { DataType: string; StringValue: string } => ({
      DataType: 'String',
      StringValue: value,
    });
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: refusedQueueUrl,
        MessageBody: record.body,
        MessageAttributes: {
          reason: text(printable(reason)),
          refusedBy: text(functionName),
          refusedAt: text(toTimestamp(clock.now())),
          sourceQueue: text(record.eventSourceARN.split(':').at(-1) ?? record.eventSourceARN),
          // What SQS proved of the message: a copy of ours proves only us.
          senderId: text(record.attributes.SenderId),
          sentTimestamp: text(record.attributes.SentTimestamp),
        },
      }),
    );
  };

  const handleRecord = async (record: SQSRecord): Promise<void> => {
    const about = { messageId: record.messageId, receiveCount: record.attributes.ApproximateReceiveCount };
    try {
      const parsed = queueRecordSchema.parse(record);
      await options.handle(options.parse(parsed), parsed, measure);
      measure.count(METRICS.recordsHandled);
    } catch (error) {
      if (error instanceof PermanentError) {
        await refuse(record, error.message).catch((sendError: unknown) => {
          measure.count(METRICS.recordsFailed);
          logger.error('a refused record could not be dead-lettered; it comes back', {
            ...about,
            reason: error.message,
            error: sendError instanceof Error ? sendError : String(sendError),
          });
          throw sendError;
        });
        measure.count(METRICS.recordsRefused);
        logger.warn('record refused', { ...about, reason: error.message });
        return;
      }
      measure.count(METRICS.recordsFailed);
      logger.error('record failed; it comes back', {
        ...about,
        error: error instanceof Error ? error : String(error),
      });
      throw error;
    }
  };

  return async (event, context) => {
    const processor = new BatchProcessor(EventType.SQS);
    try {
      return await processPartialResponse(event, handleRecord, processor, {
        ...(context === undefined ? {} : { context }),
        // Powertools throws when every record fails; a caught throw would acknowledge the whole batch.
        throwOnFullBatchFailure: false,
      });
    } finally {
      metrics.publishStoredMetrics();
    }
  };
};

export type { Measure, RecordsHandlerOptions };
export { createRecordsHandler };
