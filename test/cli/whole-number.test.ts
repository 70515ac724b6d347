import { describe, expect, it } from 'vitest';
import { wholeNumberSchema } from '../../cli/whole-number.ts';

describe('wholeNumberSchema', () => {
  it.each(['1', '50'])('reads %s', (text) => {
    expect(wholeNumberSchema(1, 50).parse(text)).toBe(Number(text));
  });

  it.each(['0', '51', '-1', '1.5', '1e1', 'x', '', ' 1'])('says what is wanted instead of "%s"', (text) => {
    expect(
      wholeNumberSchema(1, 50)
        .safeParse(text)
        .error?.issues.map(({ message }) => message),
    ).toEqual(['write a whole number from 1 to 50']);
  });

  it('names no upper end where there is none', () => {
    expect(wholeNumberSchema(1).safeParse('0').error?.issues[0]?.message).toBe(
      'write a whole number, 1 or more',
    );
  });
});
