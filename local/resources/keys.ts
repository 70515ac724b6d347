import { createHash } from 'node:crypto';
import * as z from 'zod';
import { regionalArn } from '../arns.ts';
import { defineKind } from './kind.ts';

/** Loose, because nothing here is encrypted under a key: it has an id and an ARN, which topics refer to, and no effect. */
const keySchema = z.looseObject({});

const key = defineKind('AWS::KMS::Key', keySchema, (_properties, { fallbackName }) => {
  const id = createHash('sha256').update(fallbackName).digest('hex').slice(0, 32);
  return { ref: id, attributes: { Arn: regionalArn('kms', `key/${id}`), KeyId: id } };
});

export { key };
