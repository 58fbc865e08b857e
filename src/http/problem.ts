/**
 * Anything thrown → an RFC 9457 problem document with our `code`. The last step of every REST answer that is not a
 * success; express' and body-parser's own errors are translated here, what nobody foresaw is logged and kept to ourselves.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorRequestHandler } from "express";
import * as z from "zod";
import { ERROR_CODES, type ErrorCode, TwinError, toTwinError } from "../errors.ts";
import type { Log } from "../twins/types.ts";

const CODES = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];

export const Problem = z
  .object({
    type: z.string().meta({ description: "One URN per code." }),
    title: z.string().meta({ description: "What the code means; the same for every occurrence." }),
    status: z.int(),
    detail: z.string().meta({ description: "What was wrong with this request." }),
    instance: z.string().meta({ description: "Path of the request." }),
    code: z.enum(CODES).meta({ description: "Switch on this, never on a text. The same codes as in rooms." }),
    details: z
      .array(
        z.object({
          path: z.string().meta({ description: "JSON Pointer into what was sent." }),
          expected: z.string(),
          found: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem details." });

/** `originalUrl`: express', which takes what a router is mounted at off the `url`. */
export function sendProblem(
  req: IncomingMessage & { originalUrl?: string },
  res: ServerResponse,
  error: TwinError,
): void {
  if (error.retryAfterMs !== undefined) {
    res.setHeader("Retry-After", Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
  }
  if (error.status === 401 && !res.hasHeader("WWW-Authenticate")) {
    res.setHeader("WWW-Authenticate", "Bearer");
  }
  res.removeHeader("ETag");
  res.setHeader("Cache-Control", "no-store");
  res.setHeader("Content-Type", "application/problem+json; charset=utf-8");
  res.statusCode = error.status;
  res.end(JSON.stringify(problem(error, pathOf(req.originalUrl ?? req.url))));
}

function pathOf(url = "/"): string {
  return url.split("?", 1)[0] ?? "/";
}

function problem(error: TwinError, instance: string): z.input<typeof Problem> {
  return {
    type: `urn:colyseus-digital-twins:problem:${error.code.toLowerCase().replaceAll("_", "-")}`,
    title: ERROR_CODES[error.code].meaning,
    status: error.status,
    detail: error.message,
    instance,
    code: error.code,
    ...(error.details.length > 0 ? { details: [...error.details] } : {}),
  };
}

/** The last handler of the API's router and of the static files'. */
export function problemHandler(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const known = fromHttpLibrary(error) ?? toTwinError(error);
    // 501 tells the one who asked what is not offered: no failure, and nobody is to fill the log with it.
    if (known.status >= 500 && known.code !== "UNSUPPORTED") {
      log.error({ err: known.cause ?? known, method: req.method, path: req.path }, "request failed");
    }
    if (res.headersSent) {
      next(error); // Too late for a problem: express closes the connection.
      return;
    }
    sendProblem(req, res, error instanceof TwinError || known.status < 500 ? known : unforeseen(error));
  };
}

/** 500 instead of the table's 503: trying again will not help. */
function unforeseen(cause: unknown): TwinError {
  return new TwinError("UNAVAILABLE", toTwinError(cause).message, { cause, status: 500 });
}

const SENTENCES: Record<string, string> = {
  "entity.parse.failed": "The body is not valid JSON.",
  "entity.too.large": "The body is too large.",
  "encoding.unsupported": "This content encoding is not supported.",
  "charset.unsupported": "The body has to be UTF-8.",
  "request.aborted": "The request was broken off.",
};

/** Errors of express, body-parser and send carry a 4xx `status`; their texts quote the input and are not passed on. */
function fromHttpLibrary(error: unknown): TwinError | undefined {
  if (error instanceof TwinError || !(error instanceof Error) || !("status" in error)) {
    return undefined;
  }
  const { status } = error;
  if (typeof status !== "number" || status < 400 || status > 499) {
    return undefined;
  }
  const type = "type" in error ? String(error.type) : "";
  const code = status === 404 ? "NOT_FOUND" : "INVALID_PAYLOAD";
  return new TwinError(code, SENTENCES[type] ?? "The request could not be read.", { status, cause: error });
}
