import type { ProviderFactory } from '../../../lib/providers/provider-port.ts';
import type { Reply } from './replay.ts';

/** What the shared suite has to know about one adapter, in its provider's own words. */
interface AdapterCase {
  readonly name: string;
  readonly create: ProviderFactory;
  /** Where requests go when nothing overrides it. */
  readonly baseUrl: string;
  readonly listPath: string;
  /** A listing of the reference sheet, verbatim, and the ids in it. */
  readonly listing: string;
  readonly ids: readonly string[];
  /** The words of secrets in `listing` or added to it by `withSecrets`. */
  readonly withSecrets: string;
  readonly secrets: readonly string[];
  readonly emptyListing: string;
  /** A page with instances of these ids; a token means that more follow. `total` of all pages. */
  page(ids: readonly string[], nextToken: string | undefined, total: number): string;
  readonly pageIds: readonly [string, string, string];
  readonly tokenParameter: string;
  /** A listing of one instance whose status is this word. */
  withStatus(word: string): string;
  /** Listings of another shape: the mistake, and the body. */
  readonly changedShapes: readonly (readonly [string, string])[];
  /** An error as this API writes it. */
  apiError(status: number, code: string): Reply;
  readonly badKey: Reply;
  /** An id of one instance, and the replies that lead to its termination. */
  readonly instanceId: string;
  readonly accepted: readonly Reply[];
  readonly terminateMethod: string;
  readonly terminatePath: string;
  readonly terminateBody: unknown;
  /** Replies that come before the request that terminates (a read). */
  readonly beforeTerminate: readonly Reply[];
  readonly gone: readonly Reply[];
  readonly foreignIds: readonly string[];
}

export type { AdapterCase };
