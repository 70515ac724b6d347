import type { CompatPorts } from '../lib/migration/compat/compat-ports.ts';
import { EventRouter } from '../lib/migration/compat/event-router.ts';
import { deprecated } from './deprecated.ts';
import { type Options, open } from './installation.ts';

class UnifiedEventRouter extends EventRouter {
  constructor(options?: Options) {
    super(open(options));
  }
}

const routers = new Map<CompatPorts, UnifiedEventRouter>();

/** One router per process and stage. */
const getRouter = (options?: Options): UnifiedEventRouter => {
  const ports = open(options);
  const router = routers.get(ports) ?? new UnifiedEventRouter(options);
  routers.set(ports, router);
  return router;
};

/** @deprecated Use `getRouter`. */
const getEventCoordinator = deprecated('getEventCoordinator', getRouter);
/** @deprecated There is nothing to start. */
const startCoordinator = deprecated('startCoordinator', async (options?: Options): Promise<boolean> => {
  await getRouter(options).start();
  return true;
});

export { getEventCoordinator, getRouter, startCoordinator, UnifiedEventRouter };
