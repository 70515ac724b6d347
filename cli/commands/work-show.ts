import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { createHoldGate } from '../../lib/holds/hold-gate.ts';
import { fullDiskPercentOf } from '../../lib/work/disk-full.ts';
import { listNodes } from '../../lib/work/dispatch-work.ts';
import { explainWaiting, type WaitingExplanation } from '../../lib/work/explain-waiting.ts';
import { type WorkDetails, type WorkItem, workIdSchema } from '../../lib/work/work-item.ts';
import type { Context, Session } from '../context.ts';
import type { Screen } from '../output/screen.ts';
import { formatTimestamp } from '../output/timestamp.ts';
import { type Picture, showPicture } from '../watch.ts';

const showInputSchema = z.object({ work: workIdSchema, watch: z.boolean().default(false) });

/** The last lines of a log; all that is kept of it is in the JSON document. */
const SHOWN_LINES = 20;

const findWork = async ({ stores }: Context, workId: string): Promise<WorkItem> => {
  const item = await stores.work.get(workId);
  if (item !== undefined) return item;
  throw new PermanentError(
    `there is no work ${workId}: drover work list shows what is; what ended is kept for 30 days`,
  );
};

const explain = async (
  { stores }: Context,
  { io, screen }: Session,
  item: WorkItem,
): Promise<WaitingExplanation | undefined> => {
  if (item.status !== 'pending') return undefined;
  const gate = createHoldGate({
    holds: stores.holds,
    pauses: stores.pauses,
    clock: io.clock,
    warn: (message) => screen.note(message),
  });
  const [nodes, brakes, { config }] = await Promise.all([
    listNodes(stores),
    gate.leaseBrakes(),
    stores.config.current(),
  ]);
  return explainWaiting(item, nodes, {
    ...brakes,
    policies: config.work.nodePolicies,
    fullDiskPercent: fullDiskPercentOf(config.health),
    now: io.clock.now(),
  });
};

const describeWaiting = ({ takers, refusals, notBefore }: WaitingExplanation): string => {
  const reasons = Object.entries(refusals).map(([reason, count]) => `${count} ${reason}`);
  return [
    ...(notBefore === undefined ? [] : [`not before ${formatTimestamp(notBefore)}`]),
    takers === 0 ? 'no node takes it' : `${takers} nodes would take it`,
    ...(reasons.length === 0 ? [] : [`others: ${reasons.join(', ')}`]),
  ].join('; ');
};

const factsOf = (item: WorkItem, waiting: WaitingExplanation | undefined): [string, string][] => {
  const { lease, result, waitsFor, cancelRequestedBy, endReason } = item;
  const facts: [string, string | undefined][] = [
    ['work', `${item.workId} (${item.jobType}, template ${item.template})`],
    ['status', endReason === undefined ? item.status : `${item.status}: ${endReason}`],
    ['campaign', item.campaignId ?? 'none'],
    ['needs', `${item.class}${item.lane === 'urgent' ? ', urgent' : ''}`],
    [
      'parameters',
      Object.entries(item.parameters)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ') || 'none',
    ],
    ['attempts', `${item.attempts} of ${item.maxAttempts} started, ${item.returns} times returned`],
    ['submitted', `${formatTimestamp(item.createdAt)} by ${item.createdBy}`],
    ['on', lease && `${lease.nodeId} since ${formatTimestamp(lease.startedAt ?? lease.grantedAt)}`],
    ['waits for', waitsFor.length === 0 ? undefined : waitsFor.join(', ')],
    ['waits', waiting && describeWaiting(waiting)],
    ['cancelled by', cancelRequestedBy],
    ['ended', item.endedAt && formatTimestamp(item.endedAt)],
    [
      'result',
      result && `${result.outputCount} artifacts in ${result.durationSeconds} s on ${result.nodeId}`,
    ],
    [
      'evidence',
      result &&
        Object.entries(result.evidence)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
    ],
  ];
  return facts.flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]));
};

const describeWork = (
  screen: Screen,
  item: WorkItem,
  details: WorkDetails | undefined,
  waiting: WaitingExplanation | undefined,
): string =>
  [
    ...factsOf(item, waiting).map(([name, value]) => `${screen.faint(name.padEnd(14))}${value}`),
    ...item.failures.map(
      ({ attempt, at, nodeId, class: failureClass, message }) =>
        `${screen.faint('failure'.padEnd(14))}attempt ${attempt}, ${formatTimestamp(at)}${nodeId === undefined ? '' : `, ${nodeId}`}: ${failureClass}: ${message}`,
    ),
    ...(details === undefined || details.logTail === ''
      ? []
      : [
          '',
          screen.faint('The end of what its last attempt printed:'),
          ...details.logTail.trimEnd().split('\n').slice(-SHOWN_LINES),
        ]),
  ].join('\n');

/** One job: where it is, why it waits, what it did, the end of its log. */
const show = async ({ work: workId, watch }: z.infer<typeof showInputSchema>, session: Session) => {
  const context = await session.connect();
  const look = async (): Promise<Picture> => {
    const item = await findWork(context, workId);
    const [details, waiting] = await Promise.all([
      context.stores.work.getDetails(workId),
      explain(context, session, item),
    ]);
    return {
      document: { work: item, ...(details && { details }), ...(waiting && { waiting }) },
      human: () => describeWork(session.screen, item, details, waiting),
    };
  };
  return showPicture(session, watch, look);
};

export { show, showInputSchema };
