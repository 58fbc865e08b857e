/**
 * HTTP in, HTTP out: reads a request, asks who sent it, finds its operation, lets faults have their say, waits until what it
 * did is on disk, answers.
 *
 * Every failure becomes the service's error body; what nobody foresaw is logged and answered with 500.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { TokenCheck } from "../auth/TokenCheck.ts";
import type { Faults } from "../faults/Faults.ts";
import { ServiceError } from "../ServiceError.ts";
import type { Log } from "../types.ts";
import { compileRoutes, type Routes } from "./compileRoutes.ts";
import { HttpRequest } from "./HttpRequest.ts";
import { readBody } from "./readBody.ts";
import { sendResponse } from "./sendResponse.ts";
import type { ServiceResponse } from "./types.ts";

interface Handling {
  routes: Routes;
  /** Answers `/$admin/…`: not part of the service, hence met by no fault. */
  admin: (message: IncomingMessage, reply: ServerResponse) => Promise<void>;
  /** Absent: everybody may do everything. */
  tokens?: TokenCheck;
  faults: Faults;
  /** Resolves when all that operations have done so far is durable; undefined: it is. */
  pending: () => Promise<void> | undefined;
  log: Log;
}

const UNAUTHORIZED: ServiceResponse = {
  status: 401,
  body: { statusCode: 401, message: "Unauthorized" },
  // Of the gateway in front of the service, which names no character set.
  headers: { "Content-Type": "application/json", "WWW-Authenticate": "Bearer" },
};
/** Without a body, as Azure's. */
const FORBIDDEN: ServiceResponse = { status: 403 };

export function handleRequests({ routes, admin, tokens, faults, pending, log }: Handling) {
  const find = compileRoutes(routes);
  const endOfTurn = newEndOfTurn();

  /** 401 or 403; undefined: go on. */
  function refuse({ method, url = "", headers }: IncomingMessage): ServiceResponse | undefined {
    const isRead = method === "GET" || (method === "POST" && /^\/+query\/*(\?|$)/i.test(url));
    const verdict = tokens?.check(headers.authorization, isRead) ?? "granted";
    return verdict === "granted" ? undefined : verdict === "forbidden" ? FORBIDDEN : UNAUTHORIZED;
  }

  async function serve(message: IncomingMessage): Promise<ServiceResponse> {
    const given = readBody(message);
    const body = given instanceof Promise ? await given : given;
    await endOfTurn();
    const request = new HttpRequest(message, body, faults.now());
    const { operation, parameters } = find(request);
    const throttled = faults.throttled(request);
    if (throttled !== undefined) {
      return throttled;
    }
    const latency = faults.latency();
    const failure = faults.failure();
    if (latency > 0) {
      await wait(latency);
    }
    if (failure === "before") {
      return faults.failed();
    }
    const response = operation(request, parameters);
    const saved = pending();
    if (saved !== undefined) {
      await saved;
    }
    return failure === "after" ? faults.failed() : response;
  }

  async function respond(message: IncomingMessage, reply: ServerResponse): Promise<void> {
    const refusal = refuse(message);
    if (refusal !== undefined) {
      message.resume();
      sendResponse(reply, refusal);
      return;
    }
    if (message.url?.startsWith("/$admin/")) {
      await admin(message, reply);
      return;
    }
    sendResponse(reply, await serve(message).catch((error: unknown) => toFailure(error, log)));
  }

  return (message: IncomingMessage, reply: ServerResponse): void => {
    const trace = traceOf(message.headers["traceparent"]);
    if (trace !== undefined) {
      reply.setHeader("traceresponse", trace);
    }
    respond(message, reply).catch((error: unknown) => {
      log.error({ err: error }, "a request could not be answered");
      reply.destroy();
    });
  };
}

/**
 * A promise of the end of the event loop's turn, the same for all who ask during it. Requests of one turn are served in a
 * row: HTTP's code and the service's push each other out of the processor's caches otherwise, which on a machine with slow
 * memory is a seventh of a patch and a fifth of a read (docs/adr/0012-records-as-text.md).
 */
function newEndOfTurn(): () => Promise<void> {
  let end: Promise<void> | undefined;
  return () => {
    end ??= new Promise((resolve) => {
      setImmediate(() => {
        end = undefined;
        resolve();
      });
    });
    return end;
  };
}

/** The caller's trace with a span of the service's own; undefined without a well-formed one (W3C Trace Context). */
function traceOf(traceparent: string | string[] | undefined): string | undefined {
  const [, trace] = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(String(traceparent ?? "")) ?? [];
  return trace === undefined ? undefined : `00-${trace}-${randomBytes(8).toString("hex")}-01`;
}

export function toFailure(error: unknown, log: Log): ServiceResponse {
  if (!(error instanceof ServiceError)) {
    log.error({ err: error }, "the twin service failed");
  }
  const failure =
    error instanceof ServiceError ? error : new ServiceError("InternalServerError", "The service failed; see its log.");
  return { status: failure.status, body: failure.toJSON(), headers: failure.headers };
}
