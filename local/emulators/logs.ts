import { appendFileSync, createReadStream, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { AwsError } from './aws-error.ts';
import {
  type JsonBody,
  operationOf,
  parseInput,
  readJsonBody,
  refuseAsJson,
  sendJson,
} from './json-protocol.ts';
import { compileFilter } from './log-filter.ts';
import type { Service, ServiceCall } from './service.ts';

interface LogsEmulator {
  /** Does nothing when it exists. */
  createGroup(name: string): void;
  /** @throws AwsError `ResourceNotFoundException` for an unknown group. */
  append(group: string, stream: string, timestampMs: number, message: string): void;
}

interface LogsService extends LogsEmulator, Service {}

/** One line of a group's file; its number is its id, so that repeated reads give the same ids. */
const lineSchema = z.object({ t: z.number(), i: z.number(), s: z.string(), m: z.string() });

const filterSchema = z.object({
  logGroupName: z.string().optional(),
  logGroupIdentifier: z.string().optional(),
  logStreamNames: z.array(z.string()).optional(),
  startTime: z.number().default(0),
  endTime: z.number().default(Number.POSITIVE_INFINITY),
  filterPattern: z.string().default(''),
  nextToken: z.string().optional(),
  limit: z.number().int().min(1).max(10_000).default(10_000),
});

const putSchema = z.object({
  logGroupName: z.string(),
  logStreamName: z.string(),
  logEvents: z.array(z.object({ timestamp: z.number(), message: z.string().min(1) })).min(1),
});

const groupSchema = z.object({ logGroupName: z.string() });
const describeSchema = z.object({ logGroupNamePrefix: z.string().default('') });

/**
 * CloudWatch Logs: one file of JSON lines per group, in the order of arrival. FilterLogEvents pages by line number.
 * Retention is not applied: delete the folder to forget.
 */
const startLogs = (options: {
  folder: string;
  accountId: string;
  region: string;
  now: () => number;
}): LogsService => {
  const { folder, accountId, region, now } = options;
  mkdirSync(folder, { recursive: true });
  const fileOf = (group: string): string => join(folder, `${encodeURIComponent(group)}.jsonl`);
  const groups = new Set(readdirSync(folder).map((file) => decodeURIComponent(file.replace(/\.jsonl$/, ''))));
  const arnOf = (group: string): string => `arn:aws:logs:${region}:${accountId}:log-group:${group}:*`;
  const streamArnOf = (group: string, stream: string): string =>
    `arn:aws:logs:${region}:${accountId}:log-group:${group}:log-stream:${stream}`;

  const requireGroup = (group: string): void => {
    if (!groups.has(group)) {
      throw new AwsError('ResourceNotFoundException', `The specified log group does not exist: ${group}`);
    }
  };
  const createGroup = (group: string): void => {
    groups.add(group);
    if (!existsSync(fileOf(group))) writeFileSync(fileOf(group), '');
  };
  const append = (group: string, stream: string, timestampMs: number, message: string): void => {
    requireGroup(group);
    const line = { t: timestampMs, i: now(), s: stream, m: message };
    appendFileSync(fileOf(group), `${JSON.stringify(line)}\n`);
  };

  const filterEvents = async (body: JsonBody, authorize: ServiceCall['authorize']) => {
    const input = parseInput(filterSchema, body, 'InvalidParameterException');
    const group = input.logGroupName ?? input.logGroupIdentifier?.replace(/^arn:.*:log-group:/, '');
    if (group === undefined) throw new AwsError('InvalidParameterException', 'logGroupName is missing');
    await authorize('logs:FilterLogEvents', arnOf(group));
    requireGroup(group);
    const isWanted = compileFilter(input.filterPattern);
    const firstLine = input.nextToken === undefined ? 0 : Number(input.nextToken);
    const events: Record<string, unknown>[] = [];
    let number = -1;
    for await (const text of createInterface({ input: createReadStream(fileOf(group)) })) {
      number += 1;
      if (number < firstLine) continue;
      if (events.length >= input.limit) return { events, searchedLogStreams: [], nextToken: String(number) };
      const parsed = parseLine(text);
      if (parsed === undefined || parsed.t < input.startTime || parsed.t > input.endTime) continue;
      if (input.logStreamNames !== undefined && !input.logStreamNames.includes(parsed.s)) continue;
      if (!isWanted(parsed.m)) continue;
      events.push({
        eventId: String(number).padStart(56, '0'),
        ingestionTime: parsed.i,
        logStreamName: parsed.s,
        message: parsed.m,
        timestamp: parsed.t,
      });
    }
    return { events, searchedLogStreams: [] };
  };

  const answer = async (operation: string, body: JsonBody, { authorize }: ServiceCall): Promise<unknown> => {
    switch (operation) {
      case 'FilterLogEvents':
        return filterEvents(body, authorize);
      case 'PutLogEvents': {
        const { logGroupName, logStreamName, logEvents } = parseInput(
          putSchema,
          body,
          'InvalidParameterException',
        );
        await authorize('logs:PutLogEvents', streamArnOf(logGroupName, logStreamName));
        for (const { timestamp, message } of logEvents)
          append(logGroupName, logStreamName, timestamp, message);
        return {};
      }
      case 'CreateLogStream': {
        // Streams come into being with their first line here.
        const { logGroupName } = parseInput(groupSchema, body, 'InvalidParameterException');
        await authorize('logs:CreateLogStream', arnOf(logGroupName));
        requireGroup(logGroupName);
        return {};
      }
      case 'DescribeLogGroups': {
        await authorize('logs:DescribeLogGroups', '*');
        const { logGroupNamePrefix } = parseInput(describeSchema, body, 'InvalidParameterException');
        const found = [...groups].filter((group) => group.startsWith(logGroupNamePrefix)).sort();
        return { logGroups: found.map((logGroupName) => ({ logGroupName, arn: arnOf(logGroupName) })) };
      }
      default:
        throw new AwsError(
          'UnknownOperationException',
          `the CloudWatch Logs emulator does not know ${operation}`,
        );
    }
  };

  return {
    createGroup,
    append,
    serve: async (call) => {
      const body = await readJsonBody(call.request);
      sendJson(call.response, await answer(operationOf(call.request), body, call));
    },
    refuse: refuseAsJson,
  };
};

/** Undefined for a line that a kill cut short. */
const parseLine = (text: string): z.infer<typeof lineSchema> | undefined => {
  try {
    return lineSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
};

export type { LogsEmulator, LogsService };
export { startLogs };
