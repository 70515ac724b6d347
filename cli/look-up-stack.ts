import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { OUTPUTS, stackName } from '../lib/constants.ts';
import { type ClientTarget, EMULATOR_OPERATOR } from './clients.ts';
import { NotConnectedError } from './exit.ts';
import { type Profile, profileSchema } from './profile.ts';

const isMissingStack = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist');

/**
 * Reads the stack's outputs and makes a profile of them.
 * @throws NotConnectedError when there is no such stack, or it lacks an output
 */
const lookUpStack = async (
  cloudFormation: CloudFormationClient,
  target: ClientTarget & { stage: string },
): Promise<Profile> => {
  const name = stackName(target.stage);
  const where = target.endpoint ?? `region ${target.region}`;
  const describe = async () => {
    try {
      return await cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
    } catch (error) {
      if (!isMissingStack(error)) throw error;
      throw new NotConnectedError(
        `there is no stack ${name} in ${where}: deploy it with \`npx cdk deploy -c stage=${target.stage}\`, or pick another --stage or --region`,
        { cause: error },
      );
    }
  };
  const { Stacks: [stack] = [] } = await describe();
  const outputs = new Map(stack?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const parsed = profileSchema.safeParse({
    stage: target.stage,
    region: target.region,
    ...(target.endpoint && {
      endpoint: target.endpoint,
      accessKeyId: target.accessKeyId ?? EMULATOR_OPERATOR.accessKeyId,
      secretAccessKey: target.secretAccessKey ?? EMULATOR_OPERATOR.secretAccessKey,
    }),
    eventBusName: outputs.get(OUTPUTS.eventBusName),
    enrolmentUrl: outputs.get(OUTPUTS.enrolmentUrl),
    artifactBucket: outputs.get(OUTPUTS.artifactBucket),
  });
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new NotConnectedError(
    `the stack ${name} in ${where} has no usable ${missing}: is its deployment finished?`,
    { cause: parsed.error },
  );
};

export { lookUpStack };
