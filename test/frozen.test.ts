import { describe, expect, it } from 'vitest';
import { frozen } from '../lib/frozen.ts';

describe('frozen', () => {
  it('answers the very object, frozen all the way down', () => {
    const inner = { list: [{ name: 'a' }] };
    const value = { inner, count: 1, nothing: undefined };
    expect(frozen(value)).toBe(value);
    for (const part of [value, inner, inner.list, inner.list[0]]) expect(Object.isFrozen(part)).toBe(true);
  });

  it.each([undefined, null, 'text', 7, true])('leaves %s as it is', (value) => {
    expect(frozen(value)).toBe(value);
  });
});
