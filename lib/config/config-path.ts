import { PermanentError } from '../errors.ts';

/** A place in fleet.yaml, from the top. */
type ConfigPath = readonly (string | number)[];

const PLAIN = /^[A-Za-z0-9_-]+$/;

/** `idle.labels."team=research".exempt`, `data.claim[0].glob`: quotes where a name has more than letters, digits, _ and -. */
const formatPath = (path: ConfigPath): string =>
  path
    .map((segment, index) => {
      if (typeof segment === 'number') return `[${segment}]`;
      const name = PLAIN.test(segment) ? segment : `"${segment}"`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');

/**
 * Reads what `formatPath` writes; quotes may be left out where the name has no dot. Ends in a name: a list is set as a whole.
 * @throws PermanentError when it is no path
 */
const parsePath = (text: string): string[] => {
  if (/\[\d+\]/.test(text.replaceAll(/"[^"]*"/g, '')))
    throw new PermanentError(`"${text}" leads into a list: name the list, and set it as a whole`);
  if (!/^(?:"[^"]+"|[^."]+)(?:\.(?:"[^"]+"|[^."]+))*$/.test(text))
    throw new PermanentError(
      `"${text}" is no path: write names with dots between them, and quotes around a name that has a dot, as in idle.labels."site=a.b".exempt`,
    );
  const path = [...text.matchAll(/"([^"]+)"|([^."]+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  if (path.includes('__proto__')) throw new PermanentError('__proto__ is no name here');
  const [section, group, provider, ...rest] = path;
  // The applied version says lambda-labs, whatever a person calls it.
  return section === 'idle' && group === 'providers' && provider === 'lambda'
    ? [section, group, 'lambda-labs', ...rest]
    : path;
};

export type { ConfigPath };
export { formatPath, parsePath };
