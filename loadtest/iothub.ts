/**
 * What the demo's devices cost at the embedded IoT Hub: 60 of them connect, then each speaks every two seconds. Our device
 * beside the official SDK, each kind in a process of its own. `npm run bench -- iothub`.
 */
import { fork } from "node:child_process";
import { startIotHub } from "../emulator/iothub/index.ts";
import type { BenchRow } from "./bench.ts";

interface Report {
  /** Until all are connected, ms. */
  connectMs: number;
  /** CPU of the devices' process while they connect, and per second after it, ms. */
  connectCpuMs: number;
  cpuMsPerSecond: number;
}

export async function bench(): Promise<BenchRow[]> {
  const ours = await measure("mqtt");
  const official = await measure("azure-iot-device");
  const row = (
    name: string,
    unit: string,
    member: keyof Report,
    goal: string,
    isOk: (value: number) => boolean,
  ): BenchRow => {
    const [value, peerValue] = [ours[member], official[member]];
    const what = { name: `60 devices: ${name}`, value, unit, peer: "azure-iot-device", peerValue };
    return { ...what, ratio: value / peerValue, goal, ok: isOk(value) };
  };
  return [
    row("all connected", "ms", "connectMs", "at most 5000 ms", (ms) => ms <= 5000),
    row("CPU of connecting", "ms", "connectCpuMs", "at most azure-iot-device's", (ms) => ms <= official.connectCpuMs),
    row(
      "CPU per second",
      "ms",
      "cpuMsPerSecond",
      "at most 1.5 × azure-iot-device's",
      (ms) => ms <= 1.5 * official.cpuMsPerSecond,
    ),
  ];
}

async function measure(kind: string): Promise<Report> {
  const hub = await startIotHub({ publish: async () => {} });
  const keys = Array.from({ length: 60 }, (_, i) => hub.ensureDevice(`device-${i}`));
  const child = fork(new URL("./iothub/devices.ts", import.meta.url));
  try {
    child.send({ kind, mqttPort: hub.mqttPort, ca: hub.ca, keys });
    return await new Promise<Report>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`the devices ended with ${code}`)));
      child.on("message", (message: { said?: Report }) => message.said && resolve(message.said));
    });
  } finally {
    child.kill();
    await hub.close();
  }
}
