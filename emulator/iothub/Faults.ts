/**
 * What goes wrong at the hub, on demand and the same in each run: devices that are silent, slow, lying or offline, a service
 * that throttles or fails. Set by `POST /$admin/faults`; asked by IotHub and its service.
 */
import { Random } from "../adt/faults/Random.ts";
import { HubRefusal, isObject, type JsonObject } from "./types.ts";

/** silent: hears and says nothing · lying: answers, and does nothing · offline: cannot connect · slow: ms, each way. */
export interface DeviceFault {
  silent?: boolean;
  lying?: boolean;
  offline?: boolean;
  slow?: number;
  /** Of the messages that it befalls, from 0 to 1; not for offline. Default 1. */
  share?: number;
}
export interface FaultSettings {
  seed: number;
  /** By device id; "*": all others. */
  devices: Record<string, DeviceFault>;
  /** Shares of the service's requests, from 0 to 1. */
  service: { throttled: number; failed: number };
}

const NONE: FaultSettings = { seed: 1, devices: {}, service: { throttled: 0, failed: 0 } };
const SLOWEST = 600_000;

export class Faults {
  #settings: FaultSettings = NONE;
  #random = newRandom(NONE.seed);
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get settings(): FaultSettings {
    return this.#settings;
  }

  /** Member by member; what is not named stays. Throws HubRefusal, and then nothing has changed. */
  change(given: unknown): void {
    if (!isObject(given)) {
      throw wrong("an object");
    }
    const { seed = this.#settings.seed, devices = {}, service = {}, ...unknown } = given;
    const [stranger] = Object.keys(unknown);
    if (stranger !== undefined || typeof seed !== "number" || !isObject(devices) || !isObject(service)) {
      throw wrong(`seed, devices and service${stranger === undefined ? "" : `, not ${stranger}`}`);
    }
    const entries = Object.entries(devices).map(([id, fault]): [string, DeviceFault] => [id, readFault(id, fault)]);
    const shares = { ...this.#settings.service, ...service };
    for (const [name, share] of Object.entries(shares)) {
      if (!(name in NONE.service) || !isShare(share)) {
        throw wrong(`service.throttled and service.failed from 0 to 1, not ${name} = ${JSON.stringify(share)}`);
      }
    }
    if (given["seed"] !== undefined) {
      this.#random = newRandom(seed);
    }
    this.#settings = { seed, devices: { ...this.#settings.devices, ...Object.fromEntries(entries) }, service: shares };
    this.#onChange();
  }

  clear(): void {
    this.#settings = NONE;
    this.#random = newRandom(NONE.seed);
    this.#onChange();
  }

  isOffline(deviceId: string): boolean {
    return this.#of(deviceId).offline === true;
  }

  isSilent(deviceId: string): boolean {
    const { silent, share } = this.#of(deviceId);
    return silent === true && this.#random.devices.happens(share ?? 1);
  }

  isLying(deviceId: string): boolean {
    const { lying, share } = this.#of(deviceId);
    return lying === true && this.#random.devices.happens(share ?? 1);
  }

  /** ms */
  delayOf(deviceId: string): number {
    const { slow = 0, share } = this.#of(deviceId);
    return slow > 0 && this.#random.devices.happens(share ?? 1) ? slow : 0;
  }

  /** @throws HubRefusal where this request is to fail */
  passService(): void {
    const { throttled, failed } = this.#settings.service;
    if (this.#random.service.happens(throttled)) {
      throw new HubRefusal(429, "ThrottlingException", 429001, "Too many requests; try again later");
    }
    if (this.#random.service.happens(failed)) {
      throw new HubRefusal(500, "ServerError", 500001, "The fault that was asked for");
    }
  }

  #of(deviceId: string): DeviceFault {
    return this.#settings.devices[deviceId] ?? this.#settings.devices["*"] ?? {};
  }
}

function newRandom(seed: number) {
  return { devices: new Random(seed, "iothub.devices"), service: new Random(seed, "iothub.service") };
}

function readFault(id: string, fault: unknown): DeviceFault {
  const {
    silent = false,
    lying = false,
    offline = false,
    slow = 0,
    share = 1,
    ...unknown
  } = isObject(fault) ? fault : { not: 1 };
  const isFine =
    Object.keys(unknown as JsonObject).length === 0 &&
    [silent, lying, offline].every((flag) => typeof flag === "boolean") &&
    typeof slow === "number" &&
    slow >= 0 &&
    slow <= SLOWEST &&
    isShare(share);
  if (!isFine) {
    throw wrong(`devices.${id} with silent, lying, offline (true or false), slow (ms), share (0 to 1)`);
  }
  return fault as DeviceFault;
}

function isShare(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}

function wrong(expected: string): HubRefusal {
  return new HubRefusal(400, "ArgumentInvalid", 400004, `Faults: expected ${expected}.`);
}
