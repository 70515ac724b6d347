import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
import type { Service, ServiceCall } from './service.ts';

const secretSchema = z.object({
  name: z.string(),
  versionId: z.string(),
  text: z.string(),
  createdAtMs: z.number(),
  changedAtMs: z.number(),
});
type Secret = z.infer<typeof secretSchema>;

const nameSchema = z.string().regex(/^[\w/+=.@-]{1,512}$/, 'a secret name has letters, digits and /_+=.@-');
const createSchema = z.object({ Name: nameSchema, SecretString: z.string().min(1).max(65_536) });
const idSchema = z.object({ SecretId: z.string().min(1) });
const putSchema = idSchema.extend({ SecretString: z.string().min(1).max(65_536) });

const SUFFIX_CHARACTERS = 6;
const MS_PER_SECOND = 1000;

/** Secrets Manager: whole secrets with their current version only, one file each that only this user can read. */
const startSecretsManager = (options: {
  folder: string;
  accountId: string;
  region: string;
  now: () => number;
}): Service => {
  const { folder, accountId, region, now } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fileOf = (name: string): string => join(folder, `${encodeURIComponent(name)}.json`);
  /** The six characters that the service adds to an ARN; derived here, so that they stay the same. */
  const suffixOf = (name: string): string =>
    createHash('sha256').update(name).digest('hex').slice(0, SUFFIX_CHARACTERS);
  const arnOf = (name: string): string =>
    `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${suffixOf(name)}`;
  /** A secret is asked for by its name or by its ARN. */
  const nameOf = (id: string): string => {
    const named = /:secret:(.+)-[A-Za-z0-9]{6}$/.exec(id)?.[1] ?? id;
    return parseInput(nameSchema, named, 'InvalidParameterException');
  };

  const read = (name: string): Secret | undefined =>
    existsSync(fileOf(name)) ? secretSchema.parse(JSON.parse(readFileSync(fileOf(name), 'utf8'))) : undefined;
  const requireSecret = (name: string): Secret => {
    const secret = read(name);
    if (secret === undefined)
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return secret;
  };
  const write = (secret: Secret): void => {
    // Whole or not at all, also after a kill.
    const part = `${fileOf(secret.name)}.part`;
    writeFileSync(part, JSON.stringify(secret), { mode: 0o600 });
    renameSync(part, fileOf(secret.name));
  };
  const about = ({ name, versionId }: Secret) => ({ ARN: arnOf(name), Name: name, VersionId: versionId });

  const answer = async (operation: string, body: JsonBody, { authorize }: ServiceCall): Promise<unknown> => {
    switch (operation) {
      case 'CreateSecret': {
        const { Name, SecretString } = parseInput(createSchema, body, 'InvalidParameterException');
        await authorize('secretsmanager:CreateSecret', arnOf(Name));
        if (read(Name) !== undefined)
          throw new AwsError(
            'ResourceExistsException',
            `The operation failed because the secret ${Name} already exists.`,
          );
        const secret = {
          name: Name,
          versionId: randomUUID(),
          text: SecretString,
          createdAtMs: now(),
          changedAtMs: now(),
        };
        write(secret);
        return about(secret);
      }
      case 'PutSecretValue': {
        const { SecretId, SecretString } = parseInput(putSchema, body, 'InvalidParameterException');
        const name = nameOf(SecretId);
        await authorize('secretsmanager:PutSecretValue', arnOf(name));
        const secret = {
          ...requireSecret(name),
          versionId: randomUUID(),
          text: SecretString,
          changedAtMs: now(),
        };
        write(secret);
        return { ...about(secret), VersionStages: ['AWSCURRENT'] };
      }
      case 'GetSecretValue': {
        const name = nameOf(parseInput(idSchema, body, 'InvalidParameterException').SecretId);
        await authorize('secretsmanager:GetSecretValue', arnOf(name));
        const secret = requireSecret(name);
        return {
          ...about(secret),
          SecretString: secret.text,
          VersionStages: ['AWSCURRENT'],
          CreatedDate: secret.changedAtMs / MS_PER_SECOND,
        };
      }
      case 'DescribeSecret': {
        const name = nameOf(parseInput(idSchema, body, 'InvalidParameterException').SecretId);
        await authorize('secretsmanager:DescribeSecret', arnOf(name));
        const secret = requireSecret(name);
        return {
          ARN: arnOf(name),
          Name: name,
          CreatedDate: secret.createdAtMs / MS_PER_SECOND,
          LastChangedDate: secret.changedAtMs / MS_PER_SECOND,
          VersionIdsToStages: { [secret.versionId]: ['AWSCURRENT'] },
        };
      }
      default:
        throw new AwsError(
          'UnknownOperationException',
          `the Secrets Manager emulator does not know ${operation}`,
        );
    }
  };

  return {
    serve: async (call) => {
      const body = await readJsonBody(call.request);
      sendJson(call.response, await answer(operationOf(call.request), body, call));
    },
    refuse: refuseAsJson,
  };
};

export { startSecretsManager };
