/** A rule's event could not be brought to a target; `code` is what AWS writes into the dead-letter queue's message. */
class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly code: 'NO_PERMISSIONS' | 'RESOURCE_NOT_FOUND' | 'SDK_CLIENT_ERROR';

  constructor(code: DeliveryError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export { DeliveryError };
