/**
 * The one error type of the product, and the one table of its codes.
 *
 * Rooms answer `{ code, message, details? }`, REST answers an RFC 9457 problem with the same three; both are made from a
 * `TwinError`. Callers switch on `code`, never on the text. Providers translate their service's errors into these codes.
 */

/** Code → HTTP status and what it means to the one who asked. */
export const ERROR_CODES = {
  INVALID_PAYLOAD: { status: 400, meaning: "The request does not have the expected shape." },
  INVALID_VALUE: { status: 422, meaning: "The model does not allow this value, name or path." },
  NOT_WRITABLE: { status: 422, meaning: "The model does not declare this property writable." },
  NOT_FOUND: { status: 404, meaning: "No such twin, model, relationship, operation or placement." },
  FORBIDDEN: { status: 403, meaning: "The requester's role does not allow this." },
  CONFLICT: { status: 412, meaning: "It exists already, or it has changed since the etag that was given." },
  LEASED: { status: 423, meaning: "Another operator holds this twin." },
  INTERLOCKED: { status: 409, meaning: "An interlock does not allow this now." },
  OFFLINE: { status: 503, meaning: "The device cannot be reached." },
  UNSUPPORTED: { status: 501, meaning: "This server, provider or model does not offer that." },
  RATE_LIMITED: { status: 429, meaning: "Too many requests; try again later." },
  UNAVAILABLE: { status: 503, meaning: "The twin service cannot be reached or answered with an error of its own." },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * One fault inside a request. `path`: a JSON Pointer into what was sent, but into the twin where its model does not allow what
 * is to be written to it.
 */
export interface ErrorDetail {
  path: string;
  expected: string;
  found: string;
}

/** More faults are not told, nor longer texts: who asks wrongly is not to be answered with megabytes. */
export const MAX_DETAILS = 50;
const MAX_TEXT = 300;

export interface TwinErrorOptions {
  /** The first `MAX_DETAILS` are kept. */
  details?: readonly ErrorDetail[];
  cause?: unknown;
  /** Overrides the table's HTTP status, e.g. 409 for a CONFLICT that is a duplicate id. */
  status?: number;
  /** Milliseconds after which the same request may succeed (from a service's Retry-After). */
  retryAfterMs?: number;
}

export class TwinError extends Error {
  override readonly name = "TwinError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: readonly ErrorDetail[];
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: TwinErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? ERROR_CODES[code].status;
    this.details = options.details?.slice(0, MAX_DETAILS).map(shortened) ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }

  /** What a room's `request` is rejected with; REST adds the members of a problem document. */
  toJSON(): { code: ErrorCode; message: string; details?: readonly ErrorDetail[] } {
    return { code: this.code, message: this.message, ...(this.details.length > 0 ? { details: this.details } : {}) };
  }
}

function shortened({ path, expected, found }: ErrorDetail): ErrorDetail {
  return { path: short(path), expected: short(expected), found: short(found) };
}

function short(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT).toWellFormed()}…` : text;
}

/** Anything thrown → TwinError. What we did not foresee becomes UNAVAILABLE without leaking its text to the requester. */
export function toTwinError(error: unknown): TwinError {
  return error instanceof TwinError
    ? error
    : new TwinError("UNAVAILABLE", "The server could not do this; its log says why.", { cause: error });
}

/** What `fetch` threw, for a sentence: the code of the connection's fault where there is one, else the fault's own text. */
export function reasonOf(error: unknown): string {
  const { cause = error } = error as { cause?: unknown };
  return (cause as { code?: string }).code ?? (cause instanceof Error ? cause.message : String(cause));
}
