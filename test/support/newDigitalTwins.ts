// A twin service of its own for each test, on a free port, in memory unless a file is given, with the official client.
import assert from "node:assert/strict";
import type { DigitalTwinsClient } from "@azure/digital-twins-core";
import {
  type DigitalTwinsOptions,
  type DigitalTwinsService,
  type NotificationMessage,
  startDigitalTwins,
} from "../../emulator/adt/index.ts";
import { loopbackDigitalTwinsClient } from "./loopbackDigitalTwinsClient.ts";

export interface Notified {
  hub: string;
  message: NotificationMessage;
  properties: Record<string, string>;
  /** The JSON of the body. */
  body: unknown;
}

export interface NewDigitalTwins extends DigitalTwinsService {
  client: DigitalTwinsClient;
  /** What came to the hubs, in order. */
  notified: Notified[];
  /** A bare request; `api-version` is added unless the path has one. */
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; body: unknown }>;
}

const running = new Set<DigitalTwinsService>();

export async function newDigitalTwins(options: Partial<DigitalTwinsOptions> = {}): Promise<NewDigitalTwins> {
  const notified: Notified[] = [];
  const service = await startDigitalTwins({
    publish: async (hub, message) => {
      const body: unknown = JSON.parse(Buffer.from(message.body).toString());
      notified.push({ hub, message, properties: message.applicationProperties, body });
    },
    endpoints: { notifications: "notifications" },
    defaultRoutes: { all: { endpointName: "notifications", filter: "true" } },
    ...options,
  });
  running.add(service);
  return {
    ...service,
    close: async () => {
      running.delete(service);
      await service.close();
    },
    client: loopbackDigitalTwinsClient(service.url),
    notified,
    request: (method, path, body, headers = {}) => request(service.url + path, { method, body, headers }),
  };
}

async function request(url: string, options: { method: string; body: unknown; headers: Record<string, string> }) {
  const { method, body, headers } = options;
  const separator = url.includes("?") ? "&" : "?";
  const versioned = url.includes("api-version") ? url : `${url}${separator}api-version=2022-05-31`;
  const content = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const response = await fetch(versioned, { method, headers, ...content });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
}

/** For `afterEach`. */
export async function closeDigitalTwins(): Promise<void> {
  await Promise.all([...running].map((service) => service.close()));
  running.clear();
}

/** The SDK's RestError with this status and the service's code. */
export async function refused(promise: Promise<unknown>, status: number, code: string): Promise<void> {
  await assert.rejects(promise, (error: { statusCode?: number; code?: string }) => {
    assert.deepEqual({ status: error.statusCode, code: error.code }, { status, code });
    return true;
  });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) {
    all.push(item);
  }
  return all;
}
