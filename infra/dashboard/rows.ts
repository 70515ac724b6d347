import type { Alarm, IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricSource } from '../drover-metric.ts';

interface FleetDashboardProps {
  readonly stage: string;
  /** The function that scores. */
  readonly health: MetricSource;
  /** The function that shuts idle nodes down. */
  readonly idle: MetricSource;
  readonly alarms: readonly Alarm[];
}

/** A part of the dashboard: its heading and the rows that answer it. */
type Rows = (props: FleetDashboardProps) => IWidget[][];

export type { FleetDashboardProps, Rows };
