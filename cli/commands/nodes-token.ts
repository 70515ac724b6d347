import * as z from 'zod';
import { mintJoinToken } from '../../lib/identity/mint-join-token.ts';
import type { Session } from '../context.ts';
import { durationSchema } from '../duration.ts';
import { formatTimestamp } from '../output/timestamp.ts';
import type { Profile } from '../profile.ts';
import { wholeNumberSchema } from '../whole-number.ts';

const tokenInputSchema = z.object({
  ttl: durationSchema,
  uses: wholeNumberSchema(1, 1000),
});

/**
 * The shell line that starts an agent on a node. Without the endpoint the agent would look for the embedded cloud's queues
 * in AWS.
 */
const startCommandOf = ({ enrolmentUrl, endpoint }: Profile, token: string): string =>
  [
    ...(endpoint === undefined ? [] : [`AWS_ENDPOINT_URL=${endpoint}`]),
    `DROVER_ENROLMENT_URL=${enrolmentUrl}`,
    `DROVER_JOIN_TOKEN=${token}`,
    'node drover-agent.mjs --data /var/lib/drover --provider static --instance-id "$(hostname)"',
  ].join(' ');

/** The token goes to standard output only: not into the audit row, the profile or a log. */
const mintToken = async (input: z.infer<typeof tokenInputSchema>, session: Session): Promise<void> => {
  const { stores, caller, installation } = await session.connect();
  const { io, screen } = session;
  const { token, tokenId, expiresAt } = await mintJoinToken(
    { identity: stores.identity, audit: stores.audit, ids: io.ids, clock: io.clock },
    { ttlSeconds: input.ttl, uses: input.uses, createdBy: (await caller()).arn },
  );
  const { enrolmentUrl, endpoint } = installation.profile;
  const startCommand = startCommandOf(installation.profile, token);
  screen.show({ token, tokenId, expiresAt, uses: input.uses, enrolmentUrl, startCommand, endpoint }, () =>
    [
      `${screen.strong('Join token')} (shown once, good until ${formatTimestamp(expiresAt)} for ${input.uses === 1 ? 'one machine' : `${input.uses} machines`}):`,
      '',
      `  ${token}`,
      '',
      'Start the agent on a node with it (`npm run build:agent` makes dist/drover-agent.mjs):',
      '',
      `  ${startCommand}`,
      '',
      screen.faint(`End it before its time: drover nodes revoke-token ${tokenId}`),
    ].join('\n'),
  );
};

export { mintToken, tokenInputSchema };
