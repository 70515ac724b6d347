import { testMutations } from './support/test-mutations.ts';

testMutations(1, 3);
