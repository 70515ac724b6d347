import type { z } from 'zod';
import type { credentialsSchema } from './enrolment.ts';

type NodeCredentials = z.infer<typeof credentialsSchema>;

/** Gives AWS credentials that act as one node. */
interface CredentialsIssuer {
  /** @throws TransientError when the issuer cannot be reached or throttles */
  issue(nodeId: string): Promise<NodeCredentials>;
}

/** Role chaining's limit. */
const CREDENTIALS_SECONDS = 3600;

export type { CredentialsIssuer, NodeCredentials };
export { CREDENTIALS_SECONDS };
