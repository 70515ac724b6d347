/**
 * The variable of a function that replaces a provider's own address: no template sets it, only the embedded cloud
 * does, so that adapters talk to its simulators.
 */
const baseUrlVariable = (provider: string): string =>
  `PROVIDER_BASE_URL_${provider.toUpperCase().replaceAll('-', '_')}`;

export { baseUrlVariable };
