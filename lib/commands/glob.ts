import * as z from 'zod';

/** `~` is the agent's home, a relative glob lies under the data root; `**` crosses folders, as in .gitignore-like tools. */
const globSchema = z.string().min(1).max(512);

export { globSchema };
