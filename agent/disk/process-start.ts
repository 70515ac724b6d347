import { readFileSync } from 'node:fs';

/**
 * When the process began, in the kernel's words: a pid alone says nothing after a container restarts, because the new agent
 * often gets the old one's pid. Empty where the kernel does not say (macOS).
 */
const processStart = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name may hold spaces; what follows the last bracket is fields 3 and on, and field 22 is the start.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
};

export { processStart };
