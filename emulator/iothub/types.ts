/** The words of the embedded IoT Hub: devices, their twins, and how the service refuses. */
import type { HubMessage, Log } from "../eventhubs/types.ts";

export type { HubMessage, Log };
export type JsonObject = Record<string, unknown>;

/** One half of a device twin: what was asked of the device, or what it says of itself. */
export interface Section {
  values: JsonObject;
  /** `$lastUpdated` for the section, and for each value in its shape. */
  metadata: JsonObject;
  version: number;
}

export interface Device {
  deviceId: string;
  /** Base64, as Azure gives it. */
  key: string;
  etag: number;
  tags: JsonObject;
  desired: Section;
  reported: Section;
  /** What it announced when it connected; "" when nothing. */
  modelId: string;
}

/** A refusal as IoT Hub words it: HTTP status, and the code of the header `iothub-errorcode`. */
export class HubRefusal extends Error {
  override readonly name = "HubRefusal";
  readonly status: number;
  readonly code: string;
  /** In the body, e.g. 404103. */
  readonly number: number;

  constructor(status: number, code: string, number: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.number = number;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
