import { PermanentError } from '../errors.ts';
import { type Report, reportSchema } from './report.ts';

/** A message of the `reports` queue. @throws PermanentError with the paths of what is wrong */
const parseReport = (message: unknown): Report => {
  const parsed = reportSchema.safeParse(message);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(
      ({ path, message: text }) => `${path.join('.') || 'report'}: ${text}`,
    );
    throw new PermanentError(`malformed report: ${issues.join('; ')}`, { cause: parsed.error });
  }
  return parsed.data;
};

export { parseReport };
