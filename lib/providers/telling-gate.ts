import type { RequestGate, RequestObservation } from './request-gate.ts';

/** The same gate, which also tells each request's outcome: for metrics. */
const createTellingGate = (
  gate: RequestGate,
  tell: (observation: RequestObservation) => void,
): RequestGate => ({
  acquire: (bucket) => gate.acquire(bucket),
  observe: (bucket, observation) => {
    tell(observation);
    return gate.observe(bucket, observation);
  },
});

export { createTellingGate };
