import * as z from 'zod';
import { mintJoinToken } from '../../lib/identity/mint-join-token.ts';
import type { Session } from '../context.ts';
import { durationSchema } from '../duration.ts';

const tokenInputSchema = z.object({
  ttl: durationSchema,
  uses: z.coerce.number().int().min(1).max(1000),
});

/** The token goes to standard output only: not into the audit row, the profile or a log. */
const mintToken = async (input: z.infer<typeof tokenInputSchema>, session: Session): Promise<void> => {
  const { stores, caller, installation } = await session.connect();
  const { io, screen } = session;
  const { token, tokenId, expiresAt } = await mintJoinToken(
    { identity: stores.identity, audit: stores.audit, ids: io.ids, clock: io.clock },
    { ttlSeconds: input.ttl, uses: input.uses, createdBy: (await caller()).arn },
  );
  const { enrolmentUrl } = installation.profile;
  const start = `DROVER_ENROLMENT_URL=${enrolmentUrl} DROVER_JOIN_TOKEN=${token} node drover-agent.mjs --data /var/lib/drover --provider static --instance-id "$(hostname)"`;
  screen.show({ token, tokenId, expiresAt, uses: input.uses, enrolmentUrl, startCommand: start }, () =>
    [
      `${screen.strong('Join token')} (shown once, good until ${expiresAt} for ${input.uses === 1 ? 'one machine' : `${input.uses} machines`}):`,
      '',
      `  ${token}`,
      '',
      'Start the agent on a node with it:',
      '',
      `  ${start}`,
      '',
      screen.faint(`End it before its time: drover nodes revoke-token ${tokenId}`),
    ].join('\n'),
  );
};

export { mintToken, tokenInputSchema };
