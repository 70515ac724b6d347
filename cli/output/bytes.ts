const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes with a decimal unit: 1,000 bytes are 1 kB, as disks and networks are sold. */
const formatBytes = (bytes: number): string => {
  let value = bytes;
  let index = 0;
  while (value >= 999.5 && index < units.length - 1) {
    value /= 1000;
    index += 1;
  }
  return `${index === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[index]}`;
};

export { formatBytes };
