import { PermanentError } from '../errors.ts';

/**
 * SQS itself says who sent a message: `<role id>:<session name>` for an assumed role. Only the node role's session of that very
 * node may speak for it; the body proves nothing.
 * @throws PermanentError when somebody else sent it
 */
const checkSender = (senderId: string, nodeRoleId: string, nodeId: string): void => {
  if (senderId !== `${nodeRoleId}:${nodeId}`) {
    throw new PermanentError(
      `forged sender: the report speaks for ${nodeId}, but ${senderId.slice(0, 128)} sent it`,
    );
  }
};

export { checkSender };
