/**
 * A lease lives so long without a renewal; a heartbeat, which comes every 30 s, renews it when less than the second number is left of
 * it. So the last report of a job has 210 s: when the function that takes it dies, it comes back after 180.
 */
const LEASE_SECONDS = 300;
const RENEW_BELOW_SECONDS = 240;
/** Not started so long after its lease was granted, work goes to another node. */
const START_SECONDS = 60;
/** So long after that the report of the start may still be on its way. */
const START_GRACE_SECONDS = 60;

export { LEASE_SECONDS, RENEW_BELOW_SECONDS, START_GRACE_SECONDS, START_SECONDS };
