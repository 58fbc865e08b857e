// Control over the hall, where p1 is a device in memory that reports /setpoint and /motor/limit.
import assert from "node:assert/strict";
import type { TwinEvent } from "../../../src/twins/types.ts";
import { eventually } from "../../support/eventually.ts";
import { MemoryDevices } from "../../support/MemoryDevices.ts";
import { type NewControlOptions, newControl } from "./newControl.ts";

export async function newPlant(options: NewControlOptions = {}) {
  const devices = new MemoryDevices();
  devices.add("p1", "/setpoint", "/motor/limit");
  const control = await newControl({ devices, ...options });
  const says = (path: string, value: unknown, source?: number) => {
    const at = control.wait(1);
    const times = { source: source ?? at, received: at, sequence: at };
    control.mirror.setValues("p1", [[path, value]], { ...times, origin: "hub" });
    control.control.observe({
      type: "telemetry.received",
      subject: "p1",
      data: { values: {} },
    } as unknown as TwinEvent);
  };
  const back = () => {
    devices.connect("p1", true);
    control.control.observe({ type: "device.connected", subject: "p1" } as unknown as TwinEvent);
  };
  const state = (id: string) => {
    const { status, reason, result } = control.control.operation(id) ?? {};
    return { status, reason, result };
  };
  return { ...control, devices, says, back, state, ends: endsOf(control) };
}

/** Waits until the clock has passed, and the sweeper with it. */
function endsOf({ control, wait }: Awaited<ReturnType<typeof newControl>>) {
  return async (id: string, ms: number, status: string, reason: RegExp) => {
    control.start();
    wait(ms);
    await eventually(() => assert.equal(control.operation(id)?.status, status));
    assert.match(control.operation(id)?.reason ?? "", reason);
    control.close();
  };
}
