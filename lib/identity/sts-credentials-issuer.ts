import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import * as z from 'zod';
import { NODE_ID_TAG } from '../constants.ts';
import { TransientError } from '../errors.ts';
import { toTimestamp } from '../time.ts';
import { CREDENTIALS_SECONDS, type CredentialsIssuer } from './credentials-issuer.ts';

const answerSchema = z.object({
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  SessionToken: z.string(),
  Expiration: z.date(),
});

/** Sessions of the node role: session name = nodeId = session tag, which the role's trust policy and rights build on. */
const createStsCredentialsIssuer = (
  client: Pick<STSClient, 'send'>,
  nodeRoleArn: string,
): CredentialsIssuer => ({
  issue: async (nodeId) => {
    try {
      const { Credentials } = await client.send(
        new AssumeRoleCommand({
          RoleArn: nodeRoleArn,
          RoleSessionName: nodeId,
          DurationSeconds: CREDENTIALS_SECONDS,
          Tags: [{ Key: NODE_ID_TAG, Value: nodeId }],
        }),
      );
      const answer = answerSchema.parse(Credentials);
      return {
        accessKeyId: answer.AccessKeyId,
        secretAccessKey: answer.SecretAccessKey,
        sessionToken: answer.SessionToken,
        expiresAt: toTimestamp(answer.Expiration),
      };
    } catch (cause) {
      throw new TransientError(`STS gave no session for ${nodeId}`, { cause });
    }
  },
});

export { createStsCredentialsIssuer };
