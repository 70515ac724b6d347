import { assertNever } from '../../lib/errors.ts';
import type { JobTemplate } from '../../lib/work/job-template.ts';
import type { WorkReport } from '../../lib/work/work-report.ts';
import type { JobEnd } from './work-journal-state.ts';

type FailureClass = Extract<WorkReport, { state: 'failed' }>['failureClass'];

/** What the end of a program means: a failure, or a claim of success that needs to be looked into. */
type EndDecision =
  | { readonly action: 'look-into' }
  | {
      readonly action: 'fail';
      readonly reason: FailureClass;
      readonly evidence: { readonly message: string; readonly exitCode?: number };
    };

const fail = (reason: FailureClass, message: string, exitCode?: number): EndDecision => ({
  action: 'fail',
  reason,
  evidence: { message, ...(exitCode === undefined ? {} : { exitCode }) },
});

/** Only exit code 0 may be a success. Trying again helps unless the template, or the system, says otherwise. */
const decideEnd = (
  end: JobEnd,
  { permanentExitCodes }: Pick<JobTemplate, 'permanentExitCodes'>,
): EndDecision => {
  switch (end.kind) {
    case 'exited': {
      if (end.code === 0) return { action: 'look-into' };
      const isPermanent = permanentExitCodes.includes(end.code);
      return fail(
        isPermanent ? 'permanent' : 'transient',
        `exit code ${end.code}${isPermanent ? ', which the template calls permanent' : ''}`,
        end.code,
      );
    }
    case 'killed':
      return fail('transient', `ended by ${end.signal}`);
    case 'timeout':
      return fail('timeout', `not done within its time limit of ${end.limitSeconds} s`);
    case 'not-started':
      return fail(end.canRetryHelp ? 'transient' : 'permanent', end.message);
    default:
      return assertNever(end);
  }
};

export type { EndDecision };
export { decideEnd };
