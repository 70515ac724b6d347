/** A part of the picture, or why it could not be had: a failed reading is never an empty one. */
type Reading<Value> =
  | { readonly known: true; readonly value: Value }
  | { readonly known: false; readonly why: string };

const known = <Value>(value: Value): Reading<Value> => ({ known: true, value });
const unknown = (why: string): Reading<never> => ({ known: false, why });

export type { Reading };
export { known, unknown };
