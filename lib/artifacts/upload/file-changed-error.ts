import { PermanentError } from '../../errors.ts';

/** The bytes that arrived in the store are not those that were hashed: somebody writes the file, or the disk gives other ones each time. */
class FileChangedError extends PermanentError {}

export { FileChangedError };
