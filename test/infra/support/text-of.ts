import * as z from 'zod';

const referenceSchema = z.object({ Ref: z.string() });
const joinSchema = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });

/** As long as the real ones are. */
const PSEUDO_PARAMETERS = new Map([
  ['AWS::AccountId', '123456789012'],
  ['AWS::Partition', 'aws'],
  ['AWS::Region', 'ap-southeast-2'],
  ['AWS::URLSuffix', 'amazonaws.com'],
]);

/** A text of the template as it is once deployed. */
const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const joined = joinSchema.safeParse(value).data?.['Fn::Join'];
  if (joined !== undefined) return joined[1].map(textOf).join(joined[0]);
  const reference = referenceSchema.safeParse(value).data?.Ref;
  const text = reference === undefined ? undefined : PSEUDO_PARAMETERS.get(reference);
  if (text === undefined) throw new Error(`not a text: ${JSON.stringify(value)}`);
  return text;
};

export { textOf };
