/**
 * The way to devices through Azure IoT Hub, over its REST service API (2021-04-12): desired properties, direct methods, and
 * what a device reports about itself. SAS from a connection string, or Entra. A twin's device has the twin's id.
 *
 * Way back: PropertyWrites and Commands → here. Plain fetch: the hub's own SDK for services is no longer maintained.
 */
import { createHmac } from "node:crypto";
import type { TokenCredential } from "@azure/core-auth";
import { type ErrorCode, reasonOf, TwinError } from "../../errors.ts";
import type { Clock, DeviceGateway, DeviceInfo, Pointer, TwinId } from "../../twins/types.ts";

/** By connection string, or by host name and a credential with the role "IoT Hub Data Contributor". */
export type IotHubAddress = { connectionString: string } | { hostName: string; credential: TokenCredential };

export interface IotHubClientOptions {
  address: IotHubAddress;
  clock?: Clock;
  /** How long what is known of a device is believed, ms. */
  cacheMs?: number;
}

const API = "api-version=2021-04-12";
const SCOPE = "https://iothubs.azure.net/.default";
const TOKEN_MS = 3_600_000;
const CACHE_MS = 30_000;
const MAX_CACHED = 50_000;
/** Beyond what the device is given. */
const GRACE_MS = 5000;

/** IoT Hub's own code → ours; what is not here goes by the HTTP status. */
const CODES: Record<string, ErrorCode> = { DeviceNotOnline: "OFFLINE", DeviceNotFound: "NOT_FOUND" };
const STATUSES: Record<number, ErrorCode> = {
  400: "INVALID_VALUE",
  401: "FORBIDDEN",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  412: "CONFLICT",
  429: "RATE_LIMITED",
};

/** What `doctor` sees. */
export interface IotHubLook {
  host: string;
  /** HTTP status; undefined: no answer of an IoT Hub, `problem` says why. */
  status: number | undefined;
  problem: string;
  /** 0 or 1: whether there are any. */
  devices: number;
}

interface Sent {
  authorization: string;
  body?: object;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

export class IotHubClient implements DeviceGateway {
  readonly #base: string;
  readonly #authorize: () => Promise<string>;
  readonly #clock: Clock;
  readonly #cacheMs: number;
  readonly #known = new Map<TwinId, { at: number; device: DeviceInfo | undefined }>();

  /** @throws Error with a sentence when the connection string is none of an IoT Hub's */
  constructor({ address, clock = Date.now, cacheMs = CACHE_MS }: IotHubClientOptions) {
    this.#clock = clock;
    this.#cacheMs = cacheMs;
    if ("connectionString" in address) {
      const { host, policy, key, isPlain } = parseIotHub(address.connectionString);
      this.#base = `${isPlain ? "http" : "https"}://${host}`;
      this.#authorize = sasTokens({ host, policy, key }, clock);
    } else {
      this.#base = `https://${address.hostName}`;
      this.#authorize = () => entraToken(address);
    }
  }

  async find(id: TwinId, { fresh = false } = {}): Promise<DeviceInfo | undefined> {
    const known = this.#known.get(id);
    if (known && !fresh && this.#clock() - known.at < this.#cacheMs) {
      return known.device;
    }
    const device = await this.#request("GET", `/twins/${encodeURIComponent(id)}`).then(infoOf, absent);
    if (this.#known.size >= MAX_CACHED) {
      this.#known.clear();
    }
    this.#known.set(id, { at: this.#clock(), device });
    return device;
  }

  /** Called for every connection event: what was known of the device is not so any more. */
  forget(id: TwinId): void {
    this.#known.delete(id);
  }

  async setDesired(id: TwinId, values: readonly { path: Pointer; value: unknown }[]): Promise<void> {
    const desired: Record<string, unknown> = {};
    for (const { path, value } of values) {
      const [, first = "", second] = path.split("/");
      if (second === undefined) {
        desired[first] = value;
      } else {
        // IoT Plug and Play: `__t` marks a component.
        desired[first] = { __t: "c", ...(desired[first] as object | undefined), [second]: value };
      }
    }
    await this.#request("PATCH", `/twins/${encodeURIComponent(id)}`, { body: { properties: { desired } } });
  }

  async invoke(
    id: TwinId,
    o: { component?: string; command: string; request?: unknown; timeoutMs: number },
  ): Promise<{ status: number; response?: unknown }> {
    const methodName = o.component === undefined ? o.command : `${o.component}*${o.command}`;
    const responseTimeoutInSeconds = Math.ceil(o.timeoutMs / 1000);
    const body = { methodName, payload: o.request ?? null, responseTimeoutInSeconds, connectTimeoutInSeconds: 0 };
    const timeoutMs = o.timeoutMs + GRACE_MS;
    const answer = await this.#request("POST", `/twins/${encodeURIComponent(id)}/methods`, { body, timeoutMs });
    const { status, payload } = Object(answer) as { status?: unknown; payload?: unknown };
    return { status: Number(status), ...(payload === undefined || payload === null ? {} : { response: payload }) };
  }

  /** Asks for one device as the server would, and tells what comes of it. Never throws; for `doctor`. */
  async look(): Promise<IotHubLook> {
    const look = { host: new URL(this.#base).host, status: undefined, problem: "", devices: 0 };
    try {
      const authorization = await this.#authorize();
      const body = { query: "SELECT * FROM devices" };
      const headers = { "x-ms-max-item-count": "1" };
      const response = await this.#send("POST", "/devices/query", { authorization, body, headers });
      const text = await response.text();
      const devices = response.ok ? (JSON.parse(text) as unknown) : [];
      return Array.isArray(devices)
        ? { ...look, status: response.status, problem: response.ok ? "" : reasonIn(text), devices: devices.length }
        : { ...look, problem: "what answers there is no IoT Hub" };
    } catch (error) {
      return { ...look, problem: error instanceof TwinError ? error.message : reasonOf(error) };
    }
  }

  #send(method: string, path: string, o: Sent): Promise<Response> {
    return fetch(`${this.#base}${path}?${API}`, {
      method,
      headers: { authorization: o.authorization, "content-type": "application/json", ...o.headers },
      ...(o.body === undefined ? {} : { body: JSON.stringify(o.body) }),
      redirect: "error", // the token is for this host
      signal: AbortSignal.timeout(o.timeoutMs ?? 10_000),
    });
  }

  async #request(method: string, path: string, o: Omit<Sent, "authorization"> = {}): Promise<unknown> {
    const authorization = await this.#authorize();
    try {
      const response = await this.#send(method, path, { ...o, authorization });
      const text = await response.text();
      if (!response.ok) {
        throw refusal(response, text);
      }
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    } catch (cause) {
      const { host } = new URL(this.#base);
      throw cause instanceof TwinError
        ? cause
        : new TwinError("UNAVAILABLE", `The IoT Hub ${host} does not answer, or not as one.`, { cause });
    }
  }
}

export interface IotHubKey {
  host: string;
  policy: string;
  key: string;
  /** Of an embedded hub: plain HTTP on this machine. */
  isPlain: boolean;
}

/** @throws Error that says what is missing */
export function parseIotHub(connectionString: string): IotHubKey {
  const parts = new Map(
    connectionString.split(";").map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
  const [host, policy, key] = ["HostName", "SharedAccessKeyName", "SharedAccessKey"].map((name) => parts.get(name));
  if (!host || !policy || !key) {
    throw new Error("expected HostName=<hub>.azure-devices.net;SharedAccessKeyName=<policy>;SharedAccessKey=<key>");
  }
  return { host, policy, key, isPlain: parts.get("UseDevelopmentEmulator") === "true" };
}

async function entraToken({
  hostName,
  credential,
}: {
  hostName: string;
  credential: TokenCredential;
}): Promise<string> {
  try {
    return `Bearer ${(await credential.getToken(SCOPE))?.token ?? ""}`;
  } catch (cause) {
    const help = "give it a credential (managed identity, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or `az login`)";
    throw new TwinError("FORBIDDEN", `This server could not sign in to the IoT Hub ${hostName}: ${help}.`, { cause });
  }
}

/** One token serves for most of its hour. */
function sasTokens({ host, policy, key }: Omit<IotHubKey, "isPlain">, clock: Clock): () => Promise<string> {
  let token = "";
  let renewAt = 0;
  return async () => {
    if (clock() >= renewAt) {
      const expiry = Math.floor((clock() + TOKEN_MS) / 1000);
      const resource = encodeURIComponent(host);
      const signature = createHmac("sha256", Buffer.from(key, "base64"))
        .update(`${resource}\n${expiry}`)
        .digest("base64");
      token = `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${policy}`;
      renewAt = clock() + TOKEN_MS / 2;
    }
    return token;
  };
}

function infoOf(twin: unknown): DeviceInfo {
  const { connectionState, properties } = Object(twin) as {
    connectionState?: unknown;
    properties?: { reported?: unknown };
  };
  return {
    isConnected: connectionState === "Connected",
    reports: new Set(pointersIn(Object(properties?.reported) as object)),
  };
}

/** Properties and those of components (`__t: "c"`); what begins with $ is the hub's. */
function pointersIn(reported: object, base = ""): Pointer[] {
  return Object.entries(reported)
    .filter(([name]) => !name.startsWith("$") && name !== "__t")
    .flatMap(([name, value]: [string, unknown]) =>
      base === "" && Object(value)["__t"] === "c"
        ? pointersIn(Object(value) as object, `/${name}`)
        : [`${base}/${name}`],
    );
}

function absent(error: unknown): undefined {
  if (!(error instanceof TwinError && error.code === "NOT_FOUND")) {
    throw error;
  }
}

function refusal({ status, headers }: Response, text: string): TwinError {
  const name = headers.get("iothub-errorcode") ?? "";
  const code = CODES[name] ?? STATUSES[status] ?? "UNAVAILABLE";
  const seconds = Number(headers.get("retry-after"));
  return new TwinError(code, `The IoT Hub refuses: ${reasonIn(text) || `status ${status}`}.`, {
    ...(code === "UNAVAILABLE" ? { status: status === 504 ? 504 : 503 } : {}),
    ...(seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
  });
}

/** Of a refusal's body; "": none. */
function reasonIn(text: string): string {
  return (/"Message"\s*:\s*"(?:ErrorCode:\w+;)?([^"]*)"/.exec(text)?.[1] ?? "").slice(0, 300);
}
