import { AwsError } from './aws-error.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const valueAt = (message: string, path: string): unknown => {
  try {
    let value: unknown = JSON.parse(message);
    for (const name of path.split('.')) value = isRecord(value) ? value[name] : undefined;
    return value;
  } catch {
    return undefined;
  }
};

/** `$.path = "text"`; the path may quote names: `$.detail-type`, `$['detail-type']`. */
const JSON_EQUALS = /^\$((?:\.[\w-]+|\[['"][^'"]+['"]\])+)\s*(=|!=)\s*"([^"]*)"$/;

const toPath = (selector: string): string =>
  selector.replaceAll(/\[['"]([^'"]+)['"]\]/g, '.$1').replace(/^\./, '');

/** One condition or several joined by `&&`. */
const compileJson = (pattern: string): ((message: string) => boolean) => {
  const tests = pattern
    .slice(1, -1)
    .split('&&')
    .map((part) => {
      const [, selector, operator, text] =
        JSON_EQUALS.exec(
          part
            .trim()
            .replace(/^\(|\)$/g, '')
            .trim(),
        ) ?? [];
      if (selector === undefined || text === undefined) {
        throw new AwsError(
          'InvalidParameterException',
          `the CloudWatch Logs emulator knows filter patterns of terms and { $.a = "b" && … }, not ${pattern}`,
        );
      }
      return (message: string): boolean => {
        const value = valueAt(message, toPath(selector));
        return value !== undefined && (String(value) === text) === (operator === '=');
      };
    });
  return (message) => tests.every((test) => test(message));
};

/**
 * A filter pattern as a test of a message: empty (all), terms that must all be in it (`-term`: must not), or JSON
 * equality joined by `&&`.
 * @throws AwsError `InvalidParameterException` for the forms that are not known.
 */
const compileFilter = (filterPattern: string): ((message: string) => boolean) => {
  const pattern = filterPattern.trim();
  if (pattern.startsWith('{')) return compileJson(pattern);
  const terms = [...pattern.matchAll(/(-?)(?:"([^"]*)"|(\S+))/g)].map(([, sign, quoted, bare]) => ({
    wanted: sign !== '-',
    text: quoted ?? bare ?? '',
  }));
  return (message) => terms.every(({ wanted, text }) => message.includes(text) === wanted);
};

export { compileFilter };
