import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest: none may begin last, and be waited for alone. Those that mostly wait begin beside those that keep a
 * core busy.
 */
const SLOWEST = [
  'idle/simulation',
  'e2e/work-under-failures',
  'e2e/idle-crash',
  'e2e/mutations-1',
  'e2e/idle-faults',
  'e2e/mutations-2',
  'e2e/idle',
  'e2e/mutations-3',
  'e2e/operate',
  'e2e/providers',
  'e2e/dead-letters',
  'e2e/wiring',
  'e2e/work',
  'e2e/start',
];

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = SLOWEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return rank === -1 ? SLOWEST.length : rank;
};

/** Begins with the slowest files; the others come in the order that Vitest gives them. */
class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

export { SlowestFirst };
