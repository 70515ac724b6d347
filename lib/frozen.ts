/**
 * Freezes plain data all the way down, and answers it. What stores in memory keep is frozen, so that they can hand out the very same
 * objects: nobody can change what is stored, and nothing is copied at each read.
 */
const frozen = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
};

export { frozen };
