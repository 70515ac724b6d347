import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import type { Provider as ProviderKey } from '../nodes/node.ts';
import { emptyLedger, ledgerSchema } from './ledger.ts';
import type { LedgerKind, LedgerStore } from './ledger-store.ts';

const keyOf = (provider: ProviderKey, kind: LedgerKind) => ({
  scope: 'LEDGER',
  item: kind === 'real' ? provider : `${provider}#shadow`,
});

/** LedgerStore in the control table: `LEDGER` / `<provider>` and `<provider>#shadow`. */
const createDynamoLedgerStore = (client: DynamoDBDocumentClient, tableName: string): LedgerStore => ({
  get: async (provider, kind) =>
    (await getControlItem(client, tableName, keyOf(provider, kind), ledgerSchema)) ?? emptyLedger,
  put: (provider, kind, { revision, pending, terminations }) =>
    putControlItem(
      client,
      tableName,
      keyOf(provider, kind),
      { pending, terminations },
      revision === 0 ? undefined : revision,
    ),
});

export { createDynamoLedgerStore };
