/**
 * The devices of the plant at the IoT Hub: one connection each. Pumps and valves take their set-points as desired properties
 * and report those in force; pumps, doser and filters run commands. Owned by startDevices.
 */

import type { DeviceReport } from "../deviceMessage.ts";
import { DESIRED, DEVICES, plantSetpoints } from "../simulation/layout.ts";
import type { DeviceLog } from "./DeviceLog.ts";
import { type DeviceHub, MqttDevice } from "./MqttDevice.ts";
import type { SetpointBoard } from "./SetpointBoard.ts";

export interface FleetOptions {
  hub: DeviceHub;
  board: SetpointBoard;
  log: DeviceLog;
  clock: () => number;
  onMethod: (deviceId: string, name: string) => { status: number; payload?: unknown };
}

export class Fleet {
  readonly #devices = new Map<string, MqttDevice>();
  readonly #board: SetpointBoard;

  constructor({ hub, board, log, clock, onMethod }: FleetOptions) {
    this.#board = board;
    for (const [deviceId, modelId] of DEVICES) {
      let isFirst = true;
      const device = new MqttDevice({
        deviceId,
        modelId,
        hub,
        log,
        clock,
        onMethod: (name) => onMethod(deviceId, name),
        onDesired: (values) => {
          if (DESIRED.has(deviceId)) {
            board.hear(deviceId, values, clock(), isFirst ? "at once" : "soon");
          }
          isFirst = false;
        },
      });
      this.#devices.set(deviceId, device);
    }
  }

  get connected(): number {
    return [...this.#devices.values()].filter((device) => device.isReady).length;
  }

  put(report: DeviceReport): void {
    this.#devices.get(report.deviceId)?.put(report);
  }

  /** Devices tell which set-points are in force, where that has changed. */
  reportSetpoints(): void {
    for (const id of DESIRED) {
      const names = Object.keys(plantSetpoints(id));
      this.#devices.get(id)?.report(Object.fromEntries(names.map((name) => [name, this.#board.get(id, name)])));
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(Array.from(this.#devices.values(), (device) => device.close()));
  }
}
