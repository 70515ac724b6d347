import * as z from 'zod';
import { faultSchema } from './faults.ts';
import { chargeSchema } from './instance.ts';
import { changeLoad, idleLoad, loadChangeSchema } from './load.ts';
import { offerFor } from './offers.ts';
import { type Answer, json, type SimRequest } from './provider-api.ts';
import type { Simulator } from './simulator.ts';

const rentSchema = z.strictObject({ name: z.string().min(1).optional(), load: loadChangeSchema.optional() });
const scriptSchema = z.strictObject({
  answerFields: z.record(z.string(), z.unknown()).optional(),
  gpuUtilization: z.array(z.number()).nullable().optional(),
  charge: chargeSchema.optional(),
});

const stateOf = ({ provider, baseUrl, account, requests }: Simulator): unknown => ({
  provider,
  baseUrl,
  instances: account.listed().map(({ id, name, phase, folder, load }) => ({ id, name, phase, folder, load })),
  bill: account.bill(),
  requests: requests.statistics(),
});

const done = (): Answer => json(200, { done: true });

const changeInstance = (
  simulator: Simulator,
  id: string,
  what: string,
  body: unknown,
): Answer | undefined => {
  const { account } = simulator;
  if (account.find(id) === undefined)
    return json(404, { message: `${simulator.provider} has no instance ${id}` });
  switch (what) {
    case 'preempt':
      account.preempt(id);
      return done();
    case 'vanish':
      account.preempt(id, true);
      return done();
    case 'release':
      account.release(id);
      return done();
    case 'load':
      account.setLoad(id, loadChangeSchema.parse(body));
      return done();
    case 'script':
      account.script(id, scriptSchema.parse(body));
      return done();
    default:
      return undefined;
  }
};

/**
 * What a person does behind the providers' backs, as JSON over HTTP:
 *
 *     GET    /_sim                                     instances, bills, requests of all
 *     POST   /_sim/<provider>/instances                {name?, load?}: rents one more
 *     POST   /_sim/<provider>/instances/<id>/load      {gpuPercent?, gpuWanderPercent?, cpuPercent?, sshSessions?, gpuFields?}
 *     POST   /_sim/<provider>/instances/<id>/preempt   the provider takes it back (vanish: without a word)
 *     POST   /_sim/<provider>/instances/<id>/release   lets one go that is stuck in terminating
 *     POST   /_sim/<provider>/instances/<id>/script    {answerFields?, gpuUtilization?, charge?}
 *     POST   /_sim/<provider>/faults                   {fault, on?, times?, skip?, instanceId?, retryAfterSeconds?}
 *     DELETE /_sim/<provider>/faults                   ends all faults
 */
const createControlApi =
  (simulators: () => readonly Simulator[]) =>
  async ({ method, path, headers, body }: SimRequest): Promise<Answer> => {
    const [provider, collection, id, what] = path.split('/').filter(Boolean);
    const notFound = json(404, { message: `${method} /_sim${path} is nothing that the simulators know` });
    if (provider === undefined) return method === 'GET' ? json(200, simulators().map(stateOf)) : notFound;
    const simulator = simulators().find((one) => one.provider === provider);
    if (simulator === undefined) return notFound;
    // A page in somebody's browser can send other types to this port, but not this one.
    if (method !== 'DELETE' && headers['content-type']?.startsWith('application/json') !== true) {
      return json(415, { message: 'send application/json' });
    }
    try {
      const content: unknown = body === '' ? {} : JSON.parse(body);
      switch (`${method} ${collection}`) {
        case 'DELETE faults':
          simulator.faults.clear();
          return done();
        case 'POST faults':
          simulator.faults.inject(faultSchema.parse(content));
          return done();
        case 'POST instances': {
          if (id !== undefined) return changeInstance(simulator, id, what ?? '', content) ?? notFound;
          const { name, load = {} } = rentSchema.parse(content);
          const offer = offerFor(provider, simulator.account.listed().length);
          const rented = await simulator.account.rent(offer, {
            ...(name !== undefined && { name }),
            load: changeLoad(idleLoad, load, offer.gpuCount),
          });
          return json(201, rented);
        }
        default:
          return notFound;
      }
    } catch (error) {
      return json(400, {
        message: error instanceof z.ZodError ? z.prettifyError(error) : String(error),
      });
    }
  };

export { createControlApi };
