import * as z from 'zod';
import { bootProviders } from './boot-providers.ts';
import { fromParentSchema, type ToParent } from './providers-messages.ts';

/** A cloud beside simulated providers, in a process that a test can kill: `providers-process.ts` starts it and speaks with it. */

const optionsSchema = z.object({ agentEnvironment: z.record(z.string(), z.string()) });

const tellParent = (message: ToParent): void => {
  process.send?.(message);
};

const [folder = '', optionsText = ''] = process.argv.slice(2);
const { cloud, simulators, stop } = await bootProviders(folder, {
  ...optionsSchema.parse(JSON.parse(optionsText)),
  keepsState: true,
});

const end = (): void => {
  void stop().finally(() => process.exit(0));
};
process.once('SIGTERM', end);
process.once('disconnect', end);
process.on('message', (raw) => {
  const { id, tick } = fromParentSchema.parse(raw);
  cloud.tick(tick).then(
    () => tellParent({ type: 'ticked', id }),
    (error: unknown) => tellParent({ type: 'ticked', id, error: String(error) }),
  );
});
tellParent({
  type: 'ready',
  cloud: {
    endpoint: cloud.endpoint,
    region: cloud.region,
    outputs: { ...cloud.outputs },
    operatorEnvironment: cloud.operatorEnvironment(),
  },
  simulators: simulators.endpoint,
});
