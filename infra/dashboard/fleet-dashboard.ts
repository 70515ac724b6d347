import { Duration } from 'aws-cdk-lib';
import { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { resourceName } from '../../lib/constants.ts';
import { costRows } from './cost-rows.ts';
import { dataRows } from './data-rows.ts';
import { faultRows } from './fault-rows.ts';
import { healthRows } from './health-rows.ts';
import type { FleetDashboardProps } from './rows.ts';
import { workRows } from './work-rows.ts';

/** Long enough to see a trend, short enough to see a minute. */
const SHOWN_HOURS = 3;

/** The one page to look at. From top to bottom: is it healthy, what does it cost, is work flowing, is data safe, what is broken. */
class FleetDashboard extends Dashboard {
  constructor(scope: Construct, id: string, props: FleetDashboardProps) {
    super(scope, id, {
      dashboardName: resourceName(props.stage, 'fleet'),
      defaultInterval: Duration.hours(SHOWN_HOURS),
      widgets: [healthRows, costRows, workRows, dataRows, faultRows].flatMap((rows) => rows(props)),
    });
  }
}

export { FleetDashboard };
