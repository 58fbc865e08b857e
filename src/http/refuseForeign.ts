/**
 * Keeps other web sites away from matchmaking and from WebSockets, for the ready-made server and for a game's own.
 * Colyseus answers matchmaking before express sees it, for pages of any origin, and a POST without a body needs no
 * preflight: a page that somebody has open could fill the server with rooms. So this stands in front of all listeners.
 *
 * What only reads (GET, HEAD) passes: pages, health and the game's own routes; REST has its own check (ownOriginOnly).
 */
import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { z } from "zod";
import { HOST_NAME, isOrigin } from "../addresses.ts";
import { checked, members } from "../checkedOptions.ts";
import { TwinError } from "../errors.ts";
import { type Allowed, foreign } from "./ownOriginOnly.ts";
import { sendProblem } from "./problem.ts";
import { apiHeaders } from "./securityHeaders.ts";

const READS = ["GET", "HEAD"];

const origin = z.custom<string>(
  isOrigin,
  "an origin as browsers send it, such as https://plant.example: without a path or a slash at the end",
);
const host = z
  .string("a host name")
  .regex(HOST_NAME, "a host name such as plant.example, without a port")
  .toLowerCase();
const options = members({
  hosts: z.array(host, "an array of host names").optional(),
  origins: z.array(origin, "an array of origins").optional(),
});

/**
 * From now on the server answers 403 to pages of others and to names that are not its own; to be called once, before or
 * after it listens. Programs that are no browser send no Origin and go on as before.
 *
 * @throws which option is wrong
 */
export function refuseForeign(server: Server, given: Allowed = {}): void {
  const allowed = checked("refuseForeign", options, given) as Allowed;
  const emit = server.emit.bind(server) as (event: string | symbol, ...args: unknown[]) => boolean;
  server.emit = (event: string | symbol, ...args: unknown[]) => {
    const isUpgrade = event === "upgrade";
    const [req, answer] = args as [IncomingMessage, ServerResponse | Socket];
    if (!isUpgrade && (event !== "request" || READS.includes(req.method ?? ""))) {
      return emit(event, ...args);
    }
    const fault = foreign(req.headers.host, req.headers.origin, allowed);
    if (fault === undefined) {
      return emit(event, ...args);
    }
    refuse(req, isUpgrade ? responseOn(req, answer as Socket) : (answer as ServerResponse), fault);
    return true;
  };
}

function refuse(req: IncomingMessage, res: ServerResponse, fault: string): void {
  apiHeaders(res);
  sendProblem(req, res, new TwinError("FORBIDDEN", fault));
}

/** Node hands out the bare socket of a request for a WebSocket. */
function responseOn(req: IncomingMessage, socket: Socket): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  socket.on("error", () => socket.destroy());
  res.assignSocket(socket);
  return res.once("finish", () => socket.end());
}
