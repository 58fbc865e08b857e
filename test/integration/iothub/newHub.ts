// A hub of its own on free ports, with devices that are the official SDK and the product's own client for services.
import sdk, { type Client, type DeviceMethodRequest, type DeviceMethodResponse, type Twin } from "azure-iot-device";
import transport from "azure-iot-device-mqtt";
import type { HubMessage } from "../../../emulator/eventhubs/index.ts";
import { type IotHubEndpointOptions, startIotHub } from "../../../emulator/iothub/index.ts";
import { IotHubClient } from "../../../src/providers/azure/IotHubClient.ts";

const closers: (() => Promise<unknown>)[] = [];

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
}

export async function newHub(options: Partial<IotHubEndpointOptions> = {}) {
  const events: HubMessage[] = [];
  const hub = await startIotHub({ publish: async (message) => void events.push(message), ...options });
  closers.push(() => hub.close());
  const service = new IotHubClient({ address: { connectionString: hub.connectionString }, cacheMs: 0 });
  return { hub, events, service };
}
export type TestHub = Awaited<ReturnType<typeof newHub>>;

export interface TestDevice {
  client: Client;
  twin: Twin;
  desired: Record<string, unknown>[];
  report(values: object): Promise<void>;
  onMethod(name: string, answer: (payload: unknown) => [status: number, payload?: unknown]): void;
}

/** azure-iot-device over MQTT and TLS, connected and with its twin. */
export async function newDevice({ hub }: TestHub, id: string, key = hub.ensureDevice(id).key): Promise<TestDevice> {
  const client = sdk.Client.fromConnectionString(
    `HostName=localhost:${hub.mqttPort};DeviceId=${id};SharedAccessKey=${key}`,
    transport.Mqtt,
  );
  await client.setOptions({ ca: hub.ca, modelId: "dtmi:test:Pump;1" } as never);
  await client.open();
  closers.push(() => {
    hub.setFaults({ devices: { [id]: {} } }); // a client that is kept off closes when its attempt to come back ends
    return client.close().catch(() => undefined);
  });
  const twin = await client.getTwin();
  const desired: Record<string, unknown>[] = [];
  twin.on("properties.desired", (delta: Record<string, unknown>) => desired.push(delta));
  return {
    client,
    twin,
    desired,
    report: (values) =>
      new Promise((resolve, reject) =>
        twin.properties.reported["update"](values, (error: Error | null) => (error ? reject(error) : resolve())),
      ),
    onMethod: (name, answer) =>
      client.onDeviceMethod(name, (request: DeviceMethodRequest, response: DeviceMethodResponse) => {
        const [status, payload] = answer(request.payload);
        response.send(status, payload).catch(() => undefined);
      }),
  };
}
