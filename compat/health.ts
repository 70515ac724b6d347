import { deprecated } from './deprecated.ts';
import { type Options, open } from './installation.ts';

const getSystemHealthScore = (options?: Options) => open(options).health.getSystemHealthScore();
const shouldPausePipeline = (options?: Options) => open(options).health.shouldPausePipeline();
const getNodeHealth = (nodeId: string, options?: Options) => open(options).health.getNodeHealth(nodeId);
const getHealthyNodes = (options?: Options) => open(options).health.getHealthyNodes();
const getUnhealthyNodes = (options?: Options) => open(options).health.getUnhealthyNodes();
const getDegradedNodes = (options?: Options) => open(options).health.getDegradedNodes();
const getOfflineNodes = (options?: Options) => open(options).health.getOfflineNodes();
const getClusterHealthSummary = (options?: Options) => open(options).health.getClusterHealthSummary();

/** @deprecated Use `getClusterHealthSummary`. */
const getSystemHealth = deprecated('getSystemHealth', getClusterHealthSummary);
/** @deprecated Use `getNodeHealth`. */
const getNodeHealthMonitor = deprecated('getNodeHealthMonitor', (options?: Options) => ({
  getNodeHealth: (nodeId: string) => getNodeHealth(nodeId, options),
}));
/** @deprecated Use `openHealth` of `drover`. */
const getHealthOrchestrator = deprecated(
  'getHealthOrchestrator',
  (options?: Options) => open(options).health,
);

export {
  getClusterHealthSummary,
  getDegradedNodes,
  getHealthOrchestrator,
  getHealthyNodes,
  getNodeHealth,
  getNodeHealthMonitor,
  getOfflineNodes,
  getSystemHealth,
  getSystemHealthScore,
  getUnhealthyNodes,
  shouldPausePipeline,
};
