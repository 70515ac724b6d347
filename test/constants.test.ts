import { describe, expect, it } from 'vitest';
import {
  ENROL_CALL_SECONDS,
  ENROL_FUNCTION_SECONDS,
  FRESH_HEARTBEAT_SECONDS,
  HEARTBEAT_INTERVAL_SECONDS,
  nodeQueueName,
  resourceName,
  STAGE_PATTERN,
} from '../lib/constants.ts';
import { distributionPolicySchema } from '../lib/distribution/policy.ts';

describe('heartbeat limits', () => {
  it('[health-and-idle#12-22] allow three intervals before a node counts as silent', () => {
    expect(FRESH_HEARTBEAT_SECONDS).toBeGreaterThanOrEqual(3 * HEARTBEAT_INTERVAL_SECONDS);
    expect(distributionPolicySchema.parse({}).heartbeatMaxAgeSeconds).toBeGreaterThanOrEqual(
      FRESH_HEARTBEAT_SECONDS,
    );
  });
});

describe('enrolment limits', () => {
  it('end the function before its caller gives up, also after the longest cold start (10 s)', () => {
    expect(ENROL_FUNCTION_SECONDS + 10).toBeLessThan(ENROL_CALL_SECONDS);
  });
});

describe('names', () => {
  it.each(['dev', 'prod', 'a', 'stage-2', 'abcdefghijkl'])('accept the stage %s', (stage) => {
    expect(stage).toMatch(STAGE_PATTERN);
  });

  it.each(['', 'Dev', '2nd', '-a', 'a_b', 'abcdefghijklm'])('refuse the stage %j', (stage) => {
    expect(stage).not.toMatch(STAGE_PATTERN);
  });

  it("stay within AWS's limits for the longest stage: 64 for functions and roles, 80 for queues", () => {
    const stage = 'abcdefghijkl';
    expect(resourceName(stage, 'dispatch-distribution').length).toBeLessThanOrEqual(64);
    expect(nodeQueueName(stage, 'n-0123456789ab').length).toBeLessThanOrEqual(80);
  });
});
