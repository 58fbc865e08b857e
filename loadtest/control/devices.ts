/** The devices of the control benchmark, by the official SDK: each reports what is desired of it at once. */
import sdk from "azure-iot-device";
import transport from "azure-iot-device-mqtt";
import type { Cloud } from "./plant.ts";

const { iotHub } = JSON.parse(process.argv[2] ?? "") as Cloud;

for (const { deviceId, key } of iotHub.keys) {
  const address = `HostName=localhost:${iotHub.mqttPort};DeviceId=${deviceId};SharedAccessKey=${key}`;
  const client = sdk.Client.fromConnectionString(address, transport.Mqtt);
  await client.setOptions({ ca: iotHub.ca } as never);
  await client.open();
  const twin = await client.getTwin();
  const report = (values: object) =>
    new Promise<void>((resolve, reject) =>
      twin.properties.reported["update"](values, (error: Error | null) => (error ? reject(error) : resolve())),
    );
  await report({ setpoint: 0 });
  twin.on("properties.desired", ({ setpoint, $version }: { setpoint?: number; $version: number }) => {
    if (setpoint !== undefined) {
      report({ setpoint: { value: setpoint, ac: 200, av: $version } }).catch(console.error);
    }
  });
}
process.send?.({ said: "ready" });
