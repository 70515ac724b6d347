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

export { conditionalWrite };
