/**
 * An answer on the wire: JSON with its length, so that connections stay open.
 */
import type { Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { ServiceError, type ServiceErrorCode } from "../ServiceError.ts";
import type { ServiceResponse } from "./types.ts";

export function sendResponse(
  reply: ServerResponse,
  { status, body, text = JSON.stringify(body), headers }: ServiceResponse,
): void {
  if (reply.destroyed || reply.writableEnded) {
    return;
  }
  if (text === undefined) {
    // Without a copy where nothing is added: this is the answer to each patch.
    reply.writeHead(status, status === 204 ? headers : { ...headers, "Content-Length": 0 }).end();
    return;
  }
  const length = Buffer.byteLength(text);
  reply.writeHead(status, { "Content-Type": "application/json; charset=utf-8", ...headers, "Content-Length": length });
  reply.end(text);
}

/** The service's error body for what is not even HTTP. */
export function answerBrokenHttp(server: Server): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const [status, code]: [string, ServiceErrorCode] =
      error.code === "HPE_HEADER_OVERFLOW"
        ? ["431 Request Header Fields Too Large", "BadRequest"]
        : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
          ? ["408 Request Timeout", "BadRequest"]
          : ["400 Bad Request", "BadRequest"];
    const body = JSON.stringify(new ServiceError(code, "The request is not well-formed HTTP."));
    const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nx-ms-error-code: ${code}`;
    socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
  });
}
