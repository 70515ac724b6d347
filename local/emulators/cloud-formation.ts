import { createHash } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import { element, readQueryBody, refuseAsQuery, sendQueryResult } from './query-protocol.ts';
import type { Service } from './service.ts';

interface Stack {
  readonly name: string;
  readonly outputs: Readonly<Record<string, string>>;
}

interface StacksEmulator {
  put(stack: Stack): void;
}

const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

/** CloudFormation: DescribeStacks only, so that clients find a stack's outputs as on AWS. */
const startCloudFormation = (options: {
  accountId: string;
  region: string;
  now: () => number;
}): StacksEmulator & Service => {
  const stacks = new Map<string, Stack & { createdAt: string }>();

  const idOf = (name: string): string =>
    `arn:aws:cloudformation:${options.region}:${options.accountId}:stack/${name}/` +
    createHash('sha256').update(name).digest('hex').slice(0, 36);

  const describe = (stack: Stack & { createdAt: string }): string =>
    `<member>${element('StackName', stack.name)}${element('StackId', idOf(stack.name))}` +
    `${element('CreationTime', stack.createdAt)}${element('StackStatus', 'CREATE_COMPLETE')}<Outputs>` +
    Object.entries(stack.outputs)
      .map(([key, value]) => `<member>${element('OutputKey', key)}${element('OutputValue', value)}</member>`)
      .join('') +
    '</Outputs></member>';

  return {
    put: (stack) =>
      void stacks.set(stack.name, { ...stack, createdAt: new Date(options.now()).toISOString() }),
    serve: async ({ request, response, authorize }) => {
      const query = await readQueryBody(request);
      const action = query.get('Action') ?? '';
      if (action !== 'DescribeStacks') {
        throw new AwsError(
          'InvalidAction',
          `the CloudFormation emulator does not know ${JSON.stringify(action)}`,
          400,
        );
      }
      const wanted = query.get('StackName');
      await authorize('cloudformation:DescribeStacks', wanted === null ? '*' : idOf(wanted));
      const found = [...stacks.values()].filter(
        ({ name }) => wanted === null || wanted === name || wanted === idOf(name),
      );
      if (wanted !== null && found.length === 0) {
        throw new AwsError('ValidationError', `Stack with id ${wanted} does not exist`, 400);
      }
      sendQueryResult(response, action, NAMESPACE, `<Stacks>${found.map(describe).join('')}</Stacks>`);
    },
    refuse: refuseAsQuery,
  };
};

export type { StacksEmulator };
export { startCloudFormation };
