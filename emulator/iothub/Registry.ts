/**
 * The devices of the hub and their twins: identities with keys, desired and reported properties with versions and times.
 *
 * Every change is on disk before it is told to anybody: what was asked of a device that is away is there when it comes back,
 * after a restart too. Used by IotHub.
 */
import { randomBytes } from "node:crypto";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Device, HubRefusal, isObject, type JsonObject, type Section } from "./types.ts";

const ID = /^[A-Za-z0-9\-:.+%_#*?!(),=@$']{1,128}$/;
const MAX_SECTION = 32 * 1024;

export class Registry {
  readonly #db: DatabaseSync;
  readonly #put: StatementSync;
  readonly #devices = new Map<string, Device>();
  readonly #clock: () => number;

  constructor({ file, clock }: { file?: string | undefined; clock: () => number }) {
    this.#clock = clock;
    this.#db = new DatabaseSync(file ?? ":memory:");
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;
      CREATE TABLE IF NOT EXISTS devices (id TEXT PRIMARY KEY, device TEXT NOT NULL) STRICT`);
    this.#put = this.#db.prepare(
      "INSERT INTO devices VALUES (?, ?) ON CONFLICT DO UPDATE SET device = excluded.device",
    );
    for (const row of this.#db.prepare("SELECT device FROM devices").all()) {
      const device = JSON.parse(String(row["device"])) as Device;
      this.#devices.set(device.deviceId, device);
    }
  }

  close(): void {
    this.#db.close();
  }

  list(): Iterable<Device> {
    return this.#devices.values();
  }

  find(deviceId: string): Device | undefined {
    return this.#devices.get(deviceId);
  }

  get(deviceId: string): Device {
    const device = this.#devices.get(deviceId);
    if (!device) {
      throw new HubRefusal(404, "DeviceNotFound", 404001, `Device ${deviceId} not registered`);
    }
    return device;
  }

  /** As it is, or new with a key of its own. Second: whether it is new. */
  ensure(deviceId: string, key = randomBytes(32).toString("base64")): [Device, boolean] {
    const known = this.#devices.get(deviceId);
    if (known) {
      return [known, false];
    }
    if (!ID.test(deviceId)) {
      throw new HubRefusal(400, "ArgumentInvalid", 400004, `'${deviceId}' is no device id`);
    }
    const section = () => ({ values: {}, metadata: { $lastUpdated: this.#now() }, version: 1 });
    const fresh = { deviceId, key, etag: 1, tags: {}, modelId: "" };
    return [this.save({ ...fresh, desired: section(), reported: section() }), true];
  }

  save(device: Device): Device {
    this.#put.run(device.deviceId, JSON.stringify(device));
    this.#devices.set(device.deviceId, device);
    return device;
  }

  remove(deviceId: string): Device {
    const device = this.get(deviceId);
    this.#db.prepare("DELETE FROM devices WHERE id = ?").run(deviceId);
    this.#devices.delete(deviceId);
    return device;
  }

  /** Merges: null removes. Answers the device as it is then. */
  merge(deviceId: string, section: "desired" | "reported", patch: JsonObject): Device {
    const device = this.get(deviceId);
    const { values, metadata, version } = device[section];
    const now = this.#now();
    const merged: Section = {
      values: mergeValues(values, patch),
      metadata: { ...mergeTimes(metadata, patch, now), $lastUpdated: now },
      version: version + 1,
    };
    if (JSON.stringify(merged.values).length > MAX_SECTION) {
      throw new HubRefusal(400, "ArgumentInvalid", 400004, `The ${section} properties would be larger than 32 KB`);
    }
    const etag = section === "desired" ? device.etag + 1 : device.etag;
    return this.save({ ...device, [section]: merged, etag });
  }

  #now(): string {
    return new Date(this.#clock()).toISOString();
  }
}

/** `{ …values, $metadata, $version }`, as devices and services see a section. */
export function shown({ values, metadata, version }: Section): JsonObject {
  return { ...values, $metadata: metadata, $version: version };
}

export function mergeValues(values: JsonObject, patch: JsonObject): JsonObject {
  const merged = { ...values };
  for (const [name, value] of Object.entries(patch).filter(([key]) => !key.startsWith("$"))) {
    const held = merged[name];
    if (value === null) {
      delete merged[name];
    } else {
      merged[name] = isObject(value) ? mergeValues(isObject(held) ? held : {}, value) : value;
    }
  }
  return merged;
}

function mergeTimes(times: JsonObject, patch: JsonObject, now: string): JsonObject {
  const merged = { ...times };
  for (const [name, value] of Object.entries(patch).filter(([key]) => !key.startsWith("$"))) {
    const held = merged[name];
    if (value === null) {
      delete merged[name];
    } else {
      const inner = isObject(value) ? mergeTimes(isObject(held) ? held : {}, value, now) : {};
      merged[name] = { ...inner, $lastUpdated: now };
    }
  }
  return merged;
}
