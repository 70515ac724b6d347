import * as z from 'zod';
import { type Instance, instanceSchema } from './instance.ts';
import type { ProviderClient } from './provider-client.ts';

/** Far beyond any real account: only an API that pages in circles gets here. */
const MAX_PAGES = 1000;
/** An instance that comes or goes while pages are read shifts them: then the whole list is read again. */
const MAX_READINGS = 3;

interface Page {
  readonly instances: readonly Instance[];
  /** Undefined on the last page. */
  readonly nextToken: string | undefined;
  /** Of all pages, where the provider says it. */
  readonly total?: number;
}

type ReadPage = (token: string | undefined) => Promise<Page>;
type Reading = { readonly instances: readonly Instance[] } | { readonly shifted: string };

/** One pass over all pages; `seen` collects every id. @throws ProviderError when the pages cannot end */
const readOnce = async (client: ProviderClient, readPage: ReadPage, seen: Set<string>): Promise<Reading> => {
  const instances = new Map<string, Instance>();
  const tokens = new Set<string>();
  let token: string | undefined;
  let total: number | undefined;
  do {
    if (tokens.size >= MAX_PAGES)
      throw client.fail('incomplete', `the list goes on after ${MAX_PAGES} pages`);
    const page = await readPage(token);
    if (token !== undefined && page.instances.length === 0)
      return { shifted: 'a page that was promised is empty' };
    for (const instance of page.instances) {
      if (instances.has(instance.instanceId))
        return { shifted: `instance ${instance.instanceId} came twice` };
      instances.set(instance.instanceId, instance);
      seen.add(instance.instanceId);
    }
    if (tokens.size > 0 && page.total !== total) return { shifted: 'the total changed between pages' };
    total = page.total;
    if (total !== undefined && instances.size > total) {
      return { shifted: `the pages hold more than the total of ${total}` };
    }
    token = page.nextToken;
    if (token !== undefined && page.instances.length === 0) return { shifted: 'an empty page promises more' };
    if (token !== undefined && tokens.has(token)) throw client.fail('incomplete', 'the pages go in circles');
    if (token !== undefined) tokens.add(token);
  } while (token !== undefined);
  if (total !== undefined && instances.size !== total) {
    return { shifted: `${instances.size} instances came where the total is ${total}` };
  }
  // What came in an earlier reading went this very moment, or the list is not whole: the next call knows.
  const missing = [...seen].find((instanceId) => !instances.has(instanceId));
  if (missing !== undefined)
    return { shifted: `instance ${missing} came in one reading and not in the next` };
  return { instances: [...instances.values()] };
};

/**
 * All instances of all pages.
 * @throws ProviderError kind `incomplete` when the pages do not add up to one list, also when read again
 */
const collectPages = async (client: ProviderClient, readPage: ReadPage): Promise<readonly Instance[]> => {
  const seen = new Set<string>();
  let reason = '';
  for (let reading = 1; reading <= MAX_READINGS; reading += 1) {
    const result = await readOnce(client, readPage, seen);
    if ('instances' in result) {
      const checked = z.array(instanceSchema).safeParse(result.instances);
      if (checked.success) return checked.data;
      throw client.fail('unexpected-shape', 'the list holds values that cannot be', { cause: checked.error });
    }
    reason = result.shifted;
  }
  throw client.fail('incomplete', `${reason}, in ${MAX_READINGS} readings`);
};

export type { Page };
export { collectPages };
