import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type * as z from 'zod';
import { CloudError } from '../cloud-error.ts';

/**
 * Undefined when there is no such file.
 * @throws CloudError when it is damaged: instances that run must not be forgotten.
 */
const readJson = <Schema extends z.ZodType>(file: string, schema: Schema): z.infer<Schema> | undefined => {
  if (!existsSync(file)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new CloudError(`${file} is damaged: delete the data folder to begin anew`, { cause: error });
  }
};

/** Whole or not at all, also when the process is killed meanwhile. Readable by its owner only. */
const writeJson = (file: string, content: unknown): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.tmp`, JSON.stringify(content), { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
};

export { readJson, writeJson };
