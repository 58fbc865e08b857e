/**
 * Errors as Azure Digital Twins answers them: `{"error":{"code","message","details"?}}`, each detail with the code again, with a status per code.
 *
 * The codes are those that the real service sends, which differ from its REST description in places (ModelIdAlreadyExists,
 * TargetDigitalTwinNotFound …). Thrown by operations, written to the wire by http/handleRequests.
 */

const STATUS = {
  ApiVersionUnspecified: 400,
  UnsupportedApiVersion: 400,
  BadRequest: 400,
  InvalidArgument: 400,
  MissingArgument: 400,
  JsonPatchInvalid: 400,
  ValidationFailed: 400,
  DTDLParserError: 400,
  ModelVersionNotSupported: 400,
  LimitExceeded: 400,
  TwinLimitReached: 400,
  ModelDecommissioned: 400,
  RelationshipsNotDeleted: 400,
  InvalidRelationship: 400,
  OperationNotAllowed: 400,
  EventRouteEndpointInvalid: 400,
  EventRouteFilterInvalid: 400,
  EventRouteIdInvalid: 400,
  SqlQueryError: 400,
  TimeoutError: 400,
  NotFound: 404,
  DigitalTwinNotFound: 404,
  TargetDigitalTwinNotFound: 404,
  ModelNotFound: 404,
  RelationshipNotFound: 404,
  ComponentNotFound: 404,
  EventRouteNotFound: 404,
  MethodNotAllowed: 405,
  ModelIdAlreadyExists: 409,
  ModelReferencesNotDeleted: 409,
  PreconditionFailed: 412,
  RequestEntityTooLarge: 413,
  InternalServerError: 500,
} as const satisfies Record<string, number>;

export type ServiceErrorCode = keyof typeof STATUS;

export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code: ServiceErrorCode;
  readonly status: number;
  readonly details: readonly string[];

  constructor(code: ServiceErrorCode, message: string, details: readonly string[] = []) {
    super(message);
    this.code = code;
    this.status = STATUS[code];
    this.details = details;
  }

  /** Of the answer. */
  get headers(): Record<string, string> {
    return { "x-ms-error-code": this.code };
  }

  /** Body of the answer. */
  toJSON(): object {
    const details = this.details.map((message) => ({ code: this.code, message }));
    return { error: { code: this.code, message: this.message, ...(details.length > 0 ? { details } : {}) } };
  }
}

/** Says in a header, too, what would be served. */
export class MethodNotAllowed extends ServiceError {
  readonly #allowed: string;

  constructor(message: string, allowed: string) {
    super("MethodNotAllowed", message);
    this.#allowed = allowed;
  }

  override get headers(): Record<string, string> {
    return { ...super.headers, Allow: this.#allowed };
  }
}
