import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { readYaml } from '../../lib/config/read-yaml.ts';
import { PermanentError } from '../../lib/errors.ts';
import { jobTemplateSchema, templateNameSchema } from '../../lib/work/job-template.ts';
import { describeError } from '../log.ts';

/** By name. Here nobody else can say what runs. */
const ownTemplatesSchema = z.record(
  templateNameSchema,
  jobTemplateSchema.transform(({ command, ...template }, context) => {
    if (command !== undefined) return { ...template, command };
    context.addIssue({
      code: 'custom',
      path: ['command'],
      message: 'is needed in the file of a node: the program and its arguments, as a list',
    });
    return z.NEVER;
  }),
);
type OwnTemplates = z.infer<typeof ownTemplatesSchema>;

const describeIssue = ({ path, message, code }: z.core.$ZodIssue): string => {
  const where = path.map(String).join('.');
  // The names come with it.
  if (code === 'invalid_key')
    return `${where}: ${templateNameSchema.safeParse('').error?.issues[0]?.message}`;
  return where === '' ? message : `${where}: ${message}`;
};

/**
 * The node's own job templates: JSON or YAML, a mapping of names to templates, as under `work.templates` of fleet.yaml.
 * @throws PermanentError that says where in the file what is wrong
 */
const readOwnTemplates = (path: string): OwnTemplates => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new PermanentError(`cannot read ${path}: ${describeError(error)}`, { cause: error });
  }
  const reading = readYaml(text);
  if ('problems' in reading) {
    const [problem] = reading.problems;
    throw new PermanentError(`${path}:${problem?.line}:${problem?.column}: ${problem?.message}`);
  }
  const parsed = ownTemplatesSchema.safeParse(reading.value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw new PermanentError(`${path} is not valid`, { cause: parsed.error });
  const place = issue.path.filter((part) => typeof part !== 'symbol');
  const { line, column } = reading.locate(place, issue.code === 'invalid_key');
  throw new PermanentError(`${path}:${line}:${column}: ${describeIssue(issue)}`, { cause: parsed.error });
};

export type { OwnTemplates };
export { readOwnTemplates };
