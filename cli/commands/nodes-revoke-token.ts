import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import type { Session } from '../context.ts';

const revokeTokenInputSchema = z.object({
  tokenId: z.string().regex(/^[0-9a-f]{16}$/, 'a token id is the 16 hex digits after drover_ in the token'),
  reason: z.string().min(1).max(500),
});

/** Nodes that enrolled with the token before stay; `drover nodes revoke` ends those. */
const revokeToken = async (
  { tokenId, reason }: z.infer<typeof revokeTokenInputSchema>,
  session: Session,
): Promise<void> => {
  const { stores, audit } = await session.connect();
  if (!(await stores.identity.revokeToken(tokenId, session.io.clock.now()))) {
    throw new PermanentError(
      `there is no join token ${tokenId}: its id is the part after drover_ in the token`,
    );
  }
  await audit({ subject: `token:${tokenId}`, action: 'revoke-join-token', reason });
  session.screen.show(
    { tokenId, revoked: true, reason },
    () => `Revoked ${tokenId}: no machine can enrol with it. Nodes that did before stay.`,
  );
};

export { revokeToken, revokeTokenInputSchema };
