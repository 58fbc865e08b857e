/** Sixty devices of one kind, as bench iothub asks: connects them, lets them speak, tells what it cost. */
import { setTimeout as delay } from "node:timers/promises";
import sdk from "azure-iot-device";
import transport from "azure-iot-device-mqtt";
import { MqttDevice } from "../../emulator/devices/fleet/MqttDevice.ts";

interface Task {
  kind: string;
  mqttPort: number;
  ca: string;
  keys: { deviceId: string; key: string }[];
}
type Say = () => void;

const MEASURED_MS = 10_000;
const EVERY_MS = 2000;

process.once("message", (task: Task) => {
  measure(task).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});

async function measure(task: Task): Promise<void> {
  const began = performance.now();
  const before = cpuMs();
  const connect = task.kind === "mqtt" ? connectOurs : connectOfficial;
  const devices = await Promise.all(task.keys.map(({ deviceId, key }) => connect(task, deviceId, key)));
  const connectMs = performance.now() - began;
  const connectCpuMs = cpuMs() - before;
  const timers = devices.map((say) => setInterval(say, EVERY_MS));
  const quiet = cpuMs();
  await delay(MEASURED_MS);
  timers.forEach(clearInterval);
  const cpuMsPerSecond = (cpuMs() - quiet) / (MEASURED_MS / 1000);
  process.send?.({ said: { connectMs, connectCpuMs, cpuMsPerSecond } });
}

async function connectOurs({ mqttPort, ca }: Task, deviceId: string, key: string): Promise<Say> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const device = new MqttDevice({
    deviceId,
    modelId: "dtmi:bench:Pump;1",
    hub: { mqttPort, ca, ensureDevice: () => ({ key }) },
    log: { info() {}, warn() {} },
    clock: Date.now,
    onDesired: () => resolve(),
    onMethod: () => ({ status: 200 }),
  });
  await promise;
  return () => device.put({ deviceId, time: Date.now(), values: { temperature: Math.random() } });
}

async function connectOfficial({ mqttPort, ca }: Task, deviceId: string, key: string): Promise<Say> {
  const address = `HostName=localhost:${mqttPort};DeviceId=${deviceId};SharedAccessKey=${key}`;
  const client = sdk.Client.fromConnectionString(address, transport.Mqtt);
  await client.setOptions({ ca } as never);
  await client.open();
  await client.getTwin();
  return () => void client.sendEvent(new sdk.Message(JSON.stringify({ temperature: Math.random() })));
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
