import { ReplicationDaemon } from '../lib/migration/compat/replication-daemon.ts';
import { deprecated } from './deprecated.ts';
import { type Options, open } from './installation.ts';

class UnifiedReplicationDaemon extends ReplicationDaemon {
  constructor(options?: Options) {
    super(open(options));
  }
}

const daemonOf = (options?: Options): UnifiedReplicationDaemon => new UnifiedReplicationDaemon(options);

/** @deprecated Use `UnifiedReplicationDaemon`, or `drover replication status`. */
const createReplicationMonitor = deprecated('createReplicationMonitor', daemonOf);
/** @deprecated Use `UnifiedReplicationDaemon`, or `drover replication repair`. */
const createReplicationRepairDaemon = deprecated('createReplicationRepairDaemon', daemonOf);

export { createReplicationMonitor, createReplicationRepairDaemon, UnifiedReplicationDaemon };
