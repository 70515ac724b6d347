import { describe, expect, it } from 'vitest';
import { MINIMUM_MODEL_BYTES, whyNotModel } from '../../lib/artifacts/check-model.ts';

describe('whyNotModel', () => {
  it('takes a file as large as the minimum', () => {
    expect(whyNotModel(MINIMUM_MODEL_BYTES, MINIMUM_MODEL_BYTES)).toBeUndefined();
  });

  it('refuses a smaller one and names both sizes', () => {
    expect(whyNotModel(1023, 1024)).toMatch(/1023 bytes .* 1024/);
  });
});
