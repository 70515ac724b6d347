import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';

/** A conditional write's answer, or undefined when the condition did not hold. Every other error is thrown. */
const conditionalWrite = async <Answer>(write: Promise<Answer>): Promise<Answer | undefined> => {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return undefined;
    }
    throw error;
  }
};

/** Whether a conditional write was done: false when its condition did not hold. Every other error is thrown. */
const writeIf = async (write: () => Promise<object>): Promise<boolean> =>
  (await conditionalWrite(write())) !== undefined;

export { conditionalWrite, writeIf };
