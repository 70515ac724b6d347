/** Whether a server could not listen because its port is another's, or only the administrator's. */
const isPortTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES');

export { isPortTaken };
