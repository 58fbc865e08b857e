// A bare HTTP server that answers as it is told and remembers what it was asked.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}
export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}
export interface AnsweringServer {
  /** `127.0.0.1:<port>` */
  host: string;
  received: Received[];
  close(): Promise<void>;
}

/** Answers in turn, the last one again and again; "hang up" and "say nothing" as named. */
export async function newAnsweringServer(answers: (Answer | "hang up" | "say nothing")[]): Promise<AnsweringServer> {
  const received: Received[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers } = request;
    received.push({ method, url, headers, body: await json(request).catch(() => undefined) });
    const next = answers[Math.min(received.length, answers.length) - 1];
    if (next === "hang up") {
      request.socket.destroy();
    } else if (typeof next === "object") {
      send(response, next);
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
