import { testMutations } from './support/test-mutations.ts';

testMutations(0, 3);
