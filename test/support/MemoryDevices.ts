// Devices in memory behind a hub in memory: what `DeviceGateway` promises, with faults on demand.
import type { DeviceGateway, DeviceInfo } from "../../src/twins/types.ts";

type Invoke = Parameters<DeviceGateway["invoke"]>[1];
type Answer = { status: number; response?: unknown };

export class MemoryDevices implements DeviceGateway {
  readonly devices = new Map<string, DeviceInfo>();
  readonly wishes: { id: string; path: string; value: unknown }[] = [];
  readonly calls: { id: string; command: string; request?: unknown }[] = [];
  /** Thrown by the next calls, one each. */
  readonly fail: Error[] = [];
  answer: (call: Invoke) => Answer | Promise<Answer> = () => ({ status: 200 });

  add(id: string, ...reports: string[]): void {
    this.devices.set(id, { isConnected: true, reports: new Set(reports) });
  }

  connect(id: string, isConnected: boolean): void {
    const reports = this.devices.get(id)?.reports ?? new Set();
    this.devices.set(id, { isConnected, reports });
  }

  async find(id: string): Promise<DeviceInfo | undefined> {
    return this.devices.get(id);
  }

  async setDesired(id: string, values: readonly { path: string; value: unknown }[]): Promise<void> {
    this.#throw();
    this.wishes.push(...values.map((value) => ({ id, ...value })));
  }

  async invoke(id: string, call: Invoke): Promise<Answer> {
    const { component, command, request } = call;
    this.calls.push({ id, command: component === undefined ? command : `${component}/${command}`, request });
    this.#throw();
    return this.answer(call);
  }

  #throw(): void {
    const error = this.fail.shift();
    if (error) {
      throw error;
    }
  }
}
