import { testMutations } from './support/test-mutations.ts';

testMutations(2, 3);
