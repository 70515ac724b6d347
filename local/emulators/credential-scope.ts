import type { IncomingMessage } from 'node:http';
import { headerOf } from './http-body.ts';

interface CredentialScope {
  readonly accessKeyId: string;
  /** The service's signing name: `dynamodb`, `sqs`, `s3`, `events`, `sts`, `logs`, `cloudformation`. */
  readonly service: string;
  readonly sessionToken: string | undefined;
}

const CREDENTIAL = /^([^/]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request$/;

const parseCredential = (
  credential: string | undefined | null,
  sessionToken: string | undefined | null,
): CredentialScope | undefined => {
  const [, accessKeyId, service] = CREDENTIAL.exec(credential ?? '') ?? [];
  if (accessKeyId === undefined || service === undefined) return undefined;
  return { accessKeyId, service, sessionToken: sessionToken ?? undefined };
};

/**
 * Who calls which service, from the SigV4 `Authorization` header or a presigned query; undefined when the
 * request is not signed. The signature itself is not verified: the front door listens on 127.0.0.1 only, and
 * the access key says who calls.
 */
const credentialScopeOf = (request: IncomingMessage, url: URL): CredentialScope | undefined => {
  const authorization = headerOf(request, 'authorization');
  if (authorization !== undefined) {
    const credential = /Credential=([^,\s]+)/.exec(authorization)?.[1];
    return parseCredential(credential, headerOf(request, 'x-amz-security-token'));
  }
  return parseCredential(
    url.searchParams.get('X-Amz-Credential'),
    url.searchParams.get('X-Amz-Security-Token'),
  );
};

export type { CredentialScope };
export { credentialScopeOf };
