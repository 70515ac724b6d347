import { lambdaLabsCase } from './lambda-labs-case.ts';
import { runpodCase } from './runpod-case.ts';
import { vastCase } from './vast-case.ts';

/** Every adapter that speaks to a provider, one line each. */
const adapterCases = [lambdaLabsCase, vastCase, runpodCase] as const;

export { adapterCases };
