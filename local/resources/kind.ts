import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { CloudError } from '../cloud-error.ts';
import type { FrontDoor } from '../emulators/front-door.ts';
import type { Wiring } from './wiring.ts';

/** What a resource needs to be made. The clients call the front door as the operator. */
interface Workshop {
  readonly frontDoor: FrontDoor;
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly wiring: Wiring;
  readonly assetFolders: ReadonlyMap<string, string>;
  /** Says where a Function URL listens. */
  readonly functionUrl: (functionArn: string, authType: string) => string;
}

/** How the template refers to a resource once it is made. */
interface Made {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Identity {
  readonly logicalId: string;
  /** The name when the template gives none: the same at every start. */
  readonly fallbackName: string;
}

/** Makes a resource from its resolved properties; finds it again at the second start. */
type Kind = (properties: unknown, identity: Identity, workshop: Workshop) => Promise<Made>;

/** A property that changes nothing here; `why` says so. Every other property that a schema lacks is an error. */
const ignored = (why: string) => z.unknown().describe(why).optional();

const tags = ignored('tags are for bills and searches');

/**
 * A kind of resource: its properties by schema, and how it is made.
 * @throws CloudError when called with a property that the schema does not know.
 */
const defineKind =
  <T>(
    type: string,
    schema: z.ZodType<T>,
    make: (properties: T, identity: Identity, workshop: Workshop) => Made | Promise<Made>,
  ): Kind =>
  async (properties, identity, workshop) => {
    const parsed = schema.safeParse(properties);
    if (!parsed.success) {
      const problem = z.prettifyError(parsed.error).replaceAll('\n', ' ');
      throw new CloudError(
        `${type} ${identity.logicalId}: the embedded cloud cannot run this resource as the template says. ${problem}`,
        { cause: parsed.error },
      );
    }
    return make(parsed.data, identity, workshop);
  };

/** For a resource that has no effect on one machine; `why` says so to the reader. */
const withoutEffect =
  (_why: string): Kind =>
  (_properties, { fallbackName }) =>
    Promise.resolve({ ref: fallbackName, attributes: {} });

export type { Identity, Kind, Made, Workshop };
export { defineKind, ignored, tags, withoutEffect };
