import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { resourceName } from '../lib/constants.ts';
import { keepsState } from './stage.ts';

/** The attribute that holds an item's end of life, in every table. */
const EXPIRY_ATTRIBUTE = 'expiresAtEpochSeconds';

interface IndexShape {
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly projection: 'all' | 'keys';
}

/** Every key attribute is a string. */
interface TableShape<IndexName extends string> {
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly indexes: Readonly<Record<IndexName, IndexShape>>;
}

/** What a function may do with items. None scans or deletes. */
type ItemAction = 'GetItem' | 'BatchGetItem' | 'Query' | 'PutItem' | 'UpdateItem';

const stringKey = (name: string) => ({ name, type: AttributeType.STRING });

/** A table as all of ours are: on demand, recoverable to any second of the last 35 days, expiring items by one attribute. */
class DroverTable<IndexName extends string> extends Table {
  constructor(scope: Construct, id: string, stage: string, name: string, shape: TableShape<IndexName>) {
    const kept = keepsState(stage);
    super(scope, id, {
      tableName: resourceName(stage, name),
      partitionKey: stringKey(shape.partitionKey),
      ...(shape.sortKey === undefined ? {} : { sortKey: stringKey(shape.sortKey) }),
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: EXPIRY_ATTRIBUTE,
      deletionProtection: kept,
      removalPolicy: kept ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    for (const [indexName, index] of Object.entries<IndexShape>(shape.indexes)) {
      this.addGlobalSecondaryIndex({
        indexName,
        partitionKey: stringKey(index.partitionKey),
        sortKey: stringKey(index.sortKey),
        projectionType: index.projection === 'all' ? ProjectionType.ALL : ProjectionType.KEYS_ONLY,
      });
    }
  }

  /**
   * Lets `grantee` do `actions` with this table's items, and query the named indexes. The CDK's own grants
   * would allow every index by a wildcard.
   */
  allow(grantee: IGrantable, actions: readonly ItemAction[], indexes: readonly IndexName[] = []): void {
    const allowOn = (resourceArns: string[], granted: readonly ItemAction[]): void => {
      if (resourceArns.length === 0 || granted.length === 0) return;
      Grant.addToPrincipal({
        grantee,
        actions: granted.map((action) => `dynamodb:${action}`),
        resourceArns,
      }).assertSuccess();
    };
    allowOn([this.tableArn], actions);
    allowOn(
      indexes.map((index) => `${this.tableArn}/index/${index}`),
      ['Query'],
    );
  }
}

export type { IndexShape, ItemAction, TableShape };
export { DroverTable, EXPIRY_ATTRIBUTE };
