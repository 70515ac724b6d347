import { join } from 'node:path';
import type { CliIo } from './io.ts';

/** Under `$XDG_CACHE_HOME/drover/uploads`, else `~/.cache`. Losing it costs a repeated upload, nothing else. */
const uploadStateFolder = (io: Pick<CliIo, 'environment' | 'homeFolder'>): string =>
  join(io.environment['XDG_CACHE_HOME'] || join(io.homeFolder, '.cache'), 'drover', 'uploads');

export { uploadStateFolder };
