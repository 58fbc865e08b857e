// As much of Azure Blob Storage as a look at a container takes, for the official SDK, where Azurite is not installed: is the
// container there, write a blob, delete it. With Azure's own codes for what is refused.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface BlobService {
  /** Of the account; the container `checkpoints` is there. */
  url: string;
  /** What is refused, with which code: reading, and writing. */
  refuse: { read?: string; write?: string };
  /** Of the container, by name. */
  blobs: Set<string>;
  /** How many were ever written. */
  written: number;
  close(): Promise<void>;
}

const FOUND = "/account/checkpoints";

export async function newBlobService(): Promise<BlobService> {
  const server = createServer((req, res) => {
    req.resume();
    const { pathname, searchParams } = new URL(req.url ?? "/", "http://blobs");
    const isRead = req.method === "GET" || req.method === "HEAD";
    const refused = isRead ? service.refuse.read : service.refuse.write;
    if (refused !== undefined) {
      fail(res, 403, refused);
    } else if (searchParams.get("restype") === "container") {
      pathname === FOUND ? res.writeHead(200, { etag: '"1"' }).end() : fail(res, 404, "ContainerNotFound");
    } else {
      serveBlob(service, req.method ?? "", pathname, res);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const service: BlobService = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/account`,
    refuse: {},
    blobs: new Set(),
    written: 0,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return service;
}

function serveBlob(service: BlobService, method: string, path: string, res: ServerResponse): void {
  if (method === "PUT") {
    service.blobs.add(path);
    service.written++;
    res.writeHead(201, { etag: '"1"', "x-ms-request-server-encrypted": "true" }).end();
  } else if (method === "DELETE" && service.blobs.delete(path)) {
    res.writeHead(202).end();
  } else {
    fail(res, 404, "BlobNotFound");
  }
}

function fail(res: ServerResponse, status: number, code: string): void {
  res.writeHead(status, { "x-ms-error-code": code, "content-type": "application/xml" });
  res.end(`<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>No.</Message></Error>`);
}
