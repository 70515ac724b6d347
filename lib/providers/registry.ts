import type { Provider as ProviderKey } from '../nodes/node.ts';
import { createLambdaLabs } from './lambda-labs.ts';
import type { ProviderFactory } from './provider-port.ts';
import { createRunpod } from './runpod.ts';
import { createStatic } from './static.ts';
import { createVast } from './vast.ts';

/** Every provider, one line each. A key that `providerSchema` knows and that stands not here fails the type check. */
const providerFactories: Readonly<Record<ProviderKey, ProviderFactory>> = {
  'lambda-labs': createLambdaLabs,
  vast: createVast,
  runpod: createRunpod,
  static: createStatic,
};

export { providerFactories };
