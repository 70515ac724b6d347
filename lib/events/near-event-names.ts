import { catalogue } from './catalogue.ts';

/** The letters alone: `MODEL_PROMOTED`, `model-promoted` and `ModelPromoted` are one spelling to a person. */
const lettersOf = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** Levenshtein distance: how many letters to insert, drop or replace. */
const distance = (left: string, right: string): number => {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...left].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...right].entries()) {
      next.push(
        Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)),
      );
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

/** At most three names of the catalogue that `name` may mean, the nearest first; none when nothing is near. */
const nearEventNames = (name: string): string[] => {
  const letters = lettersOf(name.slice(0, 128));
  return Object.keys(catalogue)
    .map((known) => ({ known, edits: distance(letters, lettersOf(known)) }))
    .filter(({ known, edits }) => edits <= Math.max(2, known.length / 3))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ known }) => known);
};

export { nearEventNames };
