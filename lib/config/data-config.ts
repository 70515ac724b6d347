import * as z from 'zod';
import { globSchema } from '../commands/glob.ts';
import { claimSchema, nodeConfigurationSchema } from '../commands/node-configuration.ts';
import { roleSchema } from '../idle/idle-settings.ts';
import { BUILT_IN_IGNORE } from './built-in-ignore.ts';

/** What makes a pattern mean more than it says, or something else on another machine. */
const refusedMarks: readonly (readonly [RegExp, string])[] = [
  [/^!/, 'a pattern cannot be turned around with !: write what you mean'],
  [/[{}()|\\]/, 'braces, brackets ( ), | and \\ have no meaning here: write one line per pattern'],
  [/\p{Cc}/u, 'a pattern has no control characters'],
  [/(^|\/)\.\.(\/|$)/, 'a pattern does not lead upwards with ..: write it from / or ~'],
  [/^~[^/]/, '~ is the home of the agent: write ~/ and the rest'],
];

const pathGlobSchema = globSchema.superRefine((glob, context) => {
  for (const [mark, message] of refusedMarks)
    if (mark.test(glob)) context.addIssue({ code: 'custom', message, input: glob });
});

/** A pattern without any name in it would give up all data of all nodes. */
const ignoreGlobSchema = pathGlobSchema.refine(
  (glob) => /[\p{L}\p{N}]/u.test(glob.replaceAll(/\[[^\]]*\]/g, '')),
  'this fits every file: name a folder, a file or an ending',
);

const dataSettings = {
  claim: z
    .array(
      claimSchema.extend({
        glob: pathGlobSchema.describe('Which files: under / or ~/, else the data root.'),
      }),
    )
    .optional()
    .describe(
      'Files that are data: a flush uploads each as an artifact of this kind and name. The first that fits counts.',
    ),
  ignore: z.array(ignoreGlobSchema).optional().describe('Files that nobody would miss when their node ends.'),
};

const dataSectionSchema = z.strictObject({
  ...dataSettings,
  builtInIgnore: z
    .boolean()
    .optional()
    .describe('Whether the built-in list of caches and histories is ignored, too. Default true.'),
  roles: z
    .record(roleSchema, z.strictObject(dataSettings).describe('More for the nodes of one role.'))
    .optional()
    .describe('By role of the node, added to what holds for all. Its claims come first.'),
});
type DataConfig = z.infer<typeof dataSectionSchema>;

/** All that holds for a role: its own first, then what holds for every node, then what is built in. */
const dataOfRole = (data: DataConfig, role: string) => {
  const own = data.roles !== undefined && Object.hasOwn(data.roles, role) ? data.roles[role] : undefined;
  return {
    claim: [...(own?.claim ?? []), ...(data.claim ?? [])],
    ignore: [
      ...new Set([
        ...(data.builtInIgnore === false ? [] : BUILT_IN_IGNORE),
        ...(data.ignore ?? []),
        ...(own?.ignore ?? []),
      ]),
    ],
  };
};

/** What a node is told has its limits, and a list that is cut short would give up data. */
const checkSizes = (data: DataConfig, context: z.RefinementCtx): void => {
  for (const role of [undefined, ...Object.keys(data.roles ?? {})]) {
    const whole = dataOfRole(data, role ?? '');
    for (const name of ['claim', 'ignore'] as const) {
      const { success } = nodeConfigurationSchema.shape[name].safeParse(whole[name]);
      if (success) continue;
      context.addIssue({
        code: 'custom',
        path: role === undefined ? [name] : ['roles', role, name],
        message: `${whole[name].length} entries together with those that hold for all are too many: at most ${name === 'claim' ? 100 : 500}`,
        input: data,
      });
      return;
    }
  }
};

/** The section `data` of fleet.yaml. */
const dataConfigSchema = dataSectionSchema.superRefine(checkSizes);

export type { DataConfig };
export { dataConfigSchema, dataOfRole };
