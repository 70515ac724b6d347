import type { JobTemplate } from '../work/job-template.ts';
import type { WorkConfig } from '../work/work-config.ts';

/** An argument as a shell would need it; the agent itself uses none. */
const quote = (argument: string): string =>
  /^[A-Za-z0-9._+\-/=:@,{}]+$/.test(argument) ? argument : JSON.stringify(argument);

/** Everything that decides what is run, and with what. */
const programOf = ({ command, workingFolder, environment, passEnvironment }: JobTemplate) => ({
  command,
  workingFolder,
  environment,
  passEnvironment,
});

const describeProgram = (command: readonly string[], template: JobTemplate): string => {
  const { workingFolder, environment, passEnvironment } = template;
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return [
    `\`${command.map(quote).join(' ')}\``,
    ...(workingFolder === undefined ? [] : [`in ${workingFolder}`]),
    ...(variables.length === 0 ? [] : [`with ${variables.join(' ')}`]),
    ...(passEnvironment.length === 0 ? [] : [`with ${passEnvironment.join(', ')} of the agent`]),
  ].join(', ');
};

/** What a change lets run on nodes, one sentence per template. A template without a command runs only what a node's own file says. */
const templateDangers = (before: WorkConfig, after: WorkConfig): string[] =>
  Object.entries(after.templates).flatMap(([name, template]) => {
    if (template.command === undefined) return [];
    const known = Object.hasOwn(before.templates, name) ? before.templates[name] : undefined;
    if (known !== undefined && JSON.stringify(programOf(known)) === JSON.stringify(programOf(template)))
      return [];
    return [`nodes will run ${describeProgram(template.command, template)} for jobs of template ${name}`];
  });

export { templateDangers };
