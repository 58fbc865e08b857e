/**
 * What the Azure Digital Twins service and its SDK throw → `TwinError`, by status and error code, never by text: texts
 * drift. Used by AzureTwinProvider around every call.
 */
import { type ErrorCode, type ErrorDetail, TwinError } from "../../errors.ts";
import { ConnectionError, RETRY_AFTER } from "./TwinServiceHttpClient.ts";

/** `{ "error": { "code", "message", "details"? } }`, or of the gateway `{ "statusCode", "message" }`. */
interface ServiceError {
  status: number;
  code: string;
  message: string;
  details: ErrorDetail[];
  retryAfterMs: number | undefined;
}

/** 400s that speak of values, models and patches; the others (a malformed id, header or query) are INVALID_PAYLOAD. */
const ABOUT_VALUES = new Set([
  "DTDLParserError",
  "InvalidRelationship",
  "JsonPatchInvalid",
  "LimitExceeded",
  "ModelDecommissioned",
  "OperationNotAllowed",
  "ValidationFailed",
]);
/** What is still referred to; the service answers 400 or 409. */
const STILL_REFERRED_TO = new Set(["RelationshipsNotDeleted", "ModelReferencesNotDeleted"]);
const BY_STATUS: Record<number, ErrorCode> = {
  401: "FORBIDDEN",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  409: "CONFLICT",
  412: "CONFLICT",
  413: "INVALID_VALUE",
  429: "RATE_LIMITED",
  501: "UNSUPPORTED",
};

/** `host`: of the service, for the sentence that the requester reads. */
export function azureError(error: unknown, host: string): TwinError {
  if (error instanceof TwinError) {
    return error;
  }
  const service = serviceError(error);
  if (service !== undefined) {
    return fromService(service, host, error);
  }
  if (error instanceof Error && /credential|authentication/i.test(error.name)) {
    const message = `This server could not sign in to ${host}: give it a credential (managed identity, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or \`az login\`).`;
    return new TwinError("FORBIDDEN", message, { cause: error });
  }
  const why = connectionProblem(error);
  return new TwinError("UNAVAILABLE", `The twin service at ${host} cannot be reached: ${why}.`, { cause: error });
}

function fromService(service: ServiceError, host: string, cause: unknown): TwinError {
  const { details, retryAfterMs } = service;
  const code = codeOf(service);
  const message = messageOf(code, service, host);
  return new TwinError(code, message, {
    cause,
    details,
    ...(code === "CONFLICT" && service.status !== 412 ? { status: 409 } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function codeOf({ status, code }: ServiceError): ErrorCode {
  if (STILL_REFERRED_TO.has(code)) {
    return "CONFLICT";
  }
  if (status === 400) {
    return ABOUT_VALUES.has(code) ? "INVALID_VALUE" : "INVALID_PAYLOAD";
  }
  return BY_STATUS[status] ?? "UNAVAILABLE";
}

function messageOf(code: ErrorCode, { status, message }: ServiceError, host: string): string {
  if (code === "FORBIDDEN") {
    return `This server's identity lacks a role at ${host}: "Azure Digital Twins Data Owner" to write, "Azure Digital Twins Data Reader" to read.`;
  }
  if (code === "RATE_LIMITED") {
    return `The twin service at ${host} takes no more requests for the moment.`;
  }
  if (code === "UNAVAILABLE") {
    return `The twin service at ${host} answered with an error of its own (${status}).`;
  }
  return message === "" ? `The twin service refused this (${status}).` : message;
}

function serviceError(error: unknown): ServiceError | undefined {
  const response = member(error, "response");
  const status = member(error, "statusCode") ?? member(response, "status");
  if (typeof status !== "number") {
    return undefined;
  }
  const body = parsed(text(member(response, "bodyAsText")));
  const inner = member(body, "error") ?? body;
  const details = member(inner, "details");
  return {
    status,
    code: text(member(inner, "code")),
    message: text(member(inner, "message")),
    details: Array.isArray(details) ? details.map(detail) : [],
    retryAfterMs: retryAfterMs(response),
  };
}

/** Details of the service are sentences; `path` is where they carry a JSON Pointer, as `target` or in the text. */
function detail(raw: unknown): ErrorDetail {
  const message = text(member(raw, "message"));
  const path = text(member(raw, "target")) || (/(?:^|[\s'"`(])(\/[^\s'"`),:;]+)/.exec(message)?.[1] ?? "");
  return { path, expected: message, found: "" };
}

/** A date is of another clock, and what waits for days waits for nothing: it is asked again. */
const MAX_RETRY_AFTER_MS = 300_000;

/** Seconds, or an HTTP date. */
function retryAfterMs(response: unknown): number | undefined {
  const headers = member(response, "headers");
  const get = member(headers, "get");
  const header: unknown = typeof get === "function" ? get.call(headers, RETRY_AFTER) : undefined;
  if (typeof header !== "string") {
    return undefined;
  }
  const ms = /^\d+(\.\d+)?$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms));
}

function connectionProblem(error: unknown): string {
  if (!(error instanceof ConnectionError)) {
    return error instanceof Error ? error.message : String(error);
  }
  switch (error.reason) {
    case "ECONNREFUSED":
      return "nothing listens there";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "its name cannot be resolved";
    case "TIMEOUT":
    case "ELSEWHERE":
      return error.message;
    default:
      return `the connection failed (${error.reason})`;
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return { message: body.slice(0, 200) };
  }
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
