import {
  GraphWidget,
  type IMetric,
  type IWidget,
  LegendPosition,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';

/** CloudWatch's grid is 24 wide. */
const FULL_WIDTH = 24;
const GRAPH_HEIGHT = 6;
const HEADING_HEIGHT = 1;
const VALUE_HEIGHT = 4;

/** The question that the widgets below it answer. */
const heading = (question: string): IWidget =>
  new TextWidget({ markdown: `## ${question}`, width: FULL_WIDTH, height: HEADING_HEIGHT });

interface GraphProps {
  readonly title: string;
  /** With its unit, e.g. `seconds`. */
  readonly unit: string;
  readonly metrics: readonly IMetric[];
  readonly stacked?: boolean;
}

/** Lines over time, from zero: a small change must not look like a big one. */
const graph = (width: number, { title, unit, metrics, stacked = false }: GraphProps): IWidget =>
  new GraphWidget({
    title,
    width,
    height: GRAPH_HEIGHT,
    left: [...metrics],
    leftYAxis: { min: 0, label: unit, showUnits: false },
    legendPosition: LegendPosition.BOTTOM,
    stacked,
  });

/** Graphs side by side over the full width. */
const rowOf = (...graphs: readonly GraphProps[]): IWidget[] =>
  graphs.map((props) => graph(Math.floor(FULL_WIDTH / graphs.length), props));

/** The latest values as numbers. */
const values = (title: string, metrics: readonly IMetric[]): IWidget =>
  new SingleValueWidget({ title, metrics: [...metrics], width: FULL_WIDTH, height: VALUE_HEIGHT });

export type { GraphProps };
export { FULL_WIDTH, heading, rowOf, values };
