import type { Parameters } from './parameter.ts';

/** `{games}`: where the value of the parameter `games` goes. */
const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_]{0,63})\}/g;

/** The parameters that `text` names. */
const placeholdersIn = (text: string): string[] =>
  [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);

/** Puts the values in, in one pass: what a value holds is never read as a placeholder. Others stay as they are. */
const fillPlaceholders = (text: string, values: Parameters): string =>
  text.replaceAll(PLACEHOLDER, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  );

export { fillPlaceholders, placeholdersIn };
