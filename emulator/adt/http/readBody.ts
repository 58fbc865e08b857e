/**
 * The body of a request, up to a limit. What is beyond it is read and forgotten, so that the answer can be heard.
 */
import type { IncomingMessage } from "node:http";
import { ServiceError } from "../ServiceError.ts";

const LARGEST_BODY = 16 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/** Rejects with RequestEntityTooLarge, or with BadRequest when the client went away. */
export function readBody(message: IncomingMessage): Promise<Buffer> | Buffer {
  const { headers } = message;
  if (headers["transfer-encoding"] === undefined && (headers["content-length"] ?? "0") === "0") {
    return NOTHING;
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    message.on("data", (chunk: Buffer) => {
      length += chunk.byteLength;
      if (length <= LARGEST_BODY) {
        chunks.push(chunk);
      } else {
        chunks.length = 0;
      }
    });
    message.on("end", () => {
      if (length > LARGEST_BODY) {
        reject(new ServiceError("RequestEntityTooLarge", `The body is larger than ${LARGEST_BODY} bytes.`));
      } else {
        resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
      }
    });
    const cut = () => {
      if (!message.complete) {
        reject(new ServiceError("BadRequest", "The request was cut off."));
      }
    };
    message.on("error", cut);
    message.on("close", cut);
  });
}
