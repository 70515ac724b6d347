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

/** At most three of the known names that `name` may mean, the nearest first; none when nothing is near. */
const nearNames = (name: string, known: Iterable<string>): string[] => {
  const letters = lettersOf(name.slice(0, 128));
  return [...known]
    .map((candidate) => ({ candidate, edits: distance(letters, lettersOf(candidate)) }))
    .filter(({ candidate, edits }) => edits <= Math.max(2, candidate.length / 3))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
};

export { nearNames };
