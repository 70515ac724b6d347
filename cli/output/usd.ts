const MICRO_USD_PER_CENT = 10_000;
const CENTS_PER_USD = 100;

/** Micro-dollars as dollars and cents, rounded half up. */
const formatUsd = (microUsd: number): string => {
  const cents = Math.floor((microUsd + MICRO_USD_PER_CENT / 2) / MICRO_USD_PER_CENT);
  return `$${Math.floor(cents / CENTS_PER_USD)}.${String(cents % CENTS_PER_USD).padStart(2, '0')}`;
};

export { formatUsd };
