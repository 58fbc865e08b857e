/** `doctor` and the IoT Hub of the twins' devices. */
import type { TokenCredential } from "@azure/core-auth";
import { devicesOf } from "../../azureParts.ts";
import type { AzureSettings } from "../../config.ts";
import type { IotHubLook } from "../../providers/azure/IotHubClient.ts";
import { type Finding, grant } from "./Finding.ts";

const what = "IoT Hub";
const ROLE = grant("IoT Hub Data Contributor", "<id of the IoT Hub>");

export async function iotHub(azure: AzureSettings, credential: TokenCredential | undefined): Promise<Finding[]> {
  const client = devicesOf(azure, credential);
  if (client === undefined || azure.iotHub === undefined) {
    return [];
  }
  const look = await client.look();
  return [iotHubFinding(look, "connectionString" in azure.iotHub)];
}

export function iotHubFinding({ host, status, problem, devices }: IotHubLook, byKey: boolean): Finding {
  if (status === undefined) {
    const cure = "look at AZURE_IOTHUB, at DNS, firewalls and HTTPS_PROXY; is it signed in (az login)?";
    return { what, state: "wrong", text: `${host} cannot be reached (${problem})`, cure };
  }
  if (status === 401 || status === 403) {
    const text = `${host} does not let this server in (${status}: ${problem})`;
    return { what, state: "wrong", text, cure: byKey ? keyCure(status) : roleCure(status) };
  }
  if (status !== 200) {
    const text = `${host} answers ${status}: ${problem}`;
    return { what, state: "wrong", text, cure: "is that an IoT Hub? If it is, try again later" };
  }
  return devices > 0
    ? { what, state: "ok", text: `${host} answers, and its devices can be read` }
    : {
        what,
        state: "warning",
        text: `${host} answers, and has no devices`,
        cure: "a twin's device has the twin's id: az iot hub device-identity create --hub-name … --device-id …",
      };
}

function keyCure(status: number): string {
  return status === 401
    ? "the key is wrong or was renewed, or its policy lacks ServiceConnect: az iot hub connection-string show --hub-name … --policy-name service"
    : "the key is known: look at the hub's network rules (az iot hub show), and at its daily quota";
}

function roleCure(status: number): string {
  return status === 401
    ? `${ROLE}; and is it the hub's tenant?`
    : `${ROLE}; where it has it, look at the hub's network rules (az iot hub show)`;
}
