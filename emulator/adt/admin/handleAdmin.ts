/**
 * `/$admin/…`: what the emulator has beside the service. Faults are read and set, the whole instance is exported and
 * imported. Called by http/handleRequests.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Faults } from "../faults/Faults.ts";
import { toFailure } from "../http/handleRequests.ts";
import { readBody } from "../http/readBody.ts";
import { sendResponse } from "../http/sendResponse.ts";
import type { ServiceResponse } from "../http/types.ts";
import type { Service } from "../operations/Service.ts";
import { ServiceError } from "../ServiceError.ts";
import { formatTime } from "../serviceTime.ts";
import type { Log } from "../types.ts";
import { exportContent } from "./exportContent.ts";
import { Importer, type ImportResult } from "./Importer.ts";

interface Administration {
  service: Service;
  faults: Faults;
  pending: () => Promise<void> | undefined;
  /** ms that the reader of an export may stand still. */
  exportPatience: number;
  log: Log;
}

/** Lines that an import takes before it lets others have their turn and waits for the disk. */
const STEP = 2_000;
/** Bytes of an export that are written at once. */
const CHUNK = 256 * 1024;

export function handleAdmin(administration: Administration) {
  const { faults, log } = administration;

  async function answer(message: IncomingMessage): Promise<ServiceResponse> {
    const path = (message.url ?? "").replace(/\?.*$/, "").replace(/\/+$/, "");
    const task = `${message.method} ${path}`;
    switch (task) {
      case "GET /$admin/faults":
        return shown(faults);
      case "POST /$admin/faults":
        faults.change(parse(await readBody(message)));
        return shown(faults);
      case "DELETE /$admin/faults":
        faults.clear();
        return shown(faults);
      case "POST /$admin/import":
        return { status: 200, body: await importLines(administration, createInterface({ input: message })) };
      default:
        throw new ServiceError("NotFound", `${task} is not served. There are faults, export and import.`);
    }
  }

  return async (message: IncomingMessage, reply: ServerResponse): Promise<void> => {
    if (message.method === "GET" && /^\/\$admin\/export\/?(\?|$)/.test(message.url ?? "")) {
      await sendExport(administration, reply);
      return;
    }
    sendResponse(reply, await answer(message).catch((error: unknown) => toFailure(error, log)));
  };
}

function shown(faults: Faults): ServiceResponse {
  return { status: 200, body: { ...faults.settings, now: formatTime(faults.now()) } };
}

/** Resolves when all is on disk. */
export async function importLines(
  { service, faults, pending }: Omit<Administration, "log" | "exportPatience">,
  lines: AsyncIterable<string>,
): Promise<ImportResult> {
  const importer = new Importer(service, () => formatTime(faults.now()));
  let taken = 0;
  for await (const line of lines) {
    importer.take(line);
    taken += 1;
    if (taken % STEP === 0) {
      await pending();
    }
  }
  const result = importer.end();
  await pending();
  return result;
}

async function sendExport({ service, exportPatience, log }: Administration, reply: ServerResponse): Promise<void> {
  reply.writeHead(200, { "Content-Type": "application/x-ndjson; charset=utf-8" });
  // Who does not read keeps in memory what is replaced meanwhile.
  reply.setTimeout(exportPatience, () => {
    log.warn({ ms: exportPatience }, "an export was cut off: its reader stood still");
    reply.destroy();
  });
  try {
    await pipeline(Readable.from(chunks(service), { highWaterMark: 1 }), reply);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") {
      throw error;
    }
  }
}

function* chunks(service: Service): Generator<string> {
  let chunk = "";
  for (const line of exportContent(service.instance)) {
    chunk += line;
    if (chunk.length >= CHUNK) {
      yield chunk;
      chunk = "";
    }
  }
  yield chunk;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new ServiceError("InvalidArgument", `The body is not JSON: ${(error as Error).message}`);
  }
}
