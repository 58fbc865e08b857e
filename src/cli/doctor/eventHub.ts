/** `doctor` and an event hub: there, readable, the consumer group, and what is told arrives. */
import { randomUUID } from "node:crypto";
import type { TokenCredential } from "@azure/core-auth";
import { hubAddress } from "../../azureParts.ts";
import type { AzureSettings, HubSettings } from "../../config.ts";
import { AzureTwinProvider } from "../../providers/azure/AzureTwinProvider.ts";
import { lookAtHub } from "../../providers/azure/inspect.ts";
import { type Finding, grant } from "./Finding.ts";

const CURES: Record<string, string> = {
  unreachable: "AMQP needs TCP port 5671; else set AZURE_EVENTHUBS_TRANSPORT=websockets; look at the namespace's name",
  missing: "create it, or name the right one (EntityPath, or after the slash)",
  group: "az eventhubs eventhub consumer-group create …, or AZURE_EVENTHUBS_CONSUMER_GROUP",
  busy: "fine if that is this server; to see what is delivered, stop it or name another group for this check",
  other: "docs/azure.md has a table of symptoms",
};

const KEY_CURE = "the key is wrong or was renewed, or its policy lacks the right to listen";
const ROLE_CURE = grant("Azure Event Hubs Data Receiver", "<id of the event hub>");

export interface HubToCheck {
  purpose: "notifications" | "telemetry";
  settings: HubSettings;
  azure: AzureSettings;
  credential: TokenCredential | undefined;
  /** A twin of which one message is published, to see it arrive. */
  deliver: string | undefined;
}

export async function eventHub({ purpose, settings, azure, credential, deliver }: HubToCheck): Promise<Finding[]> {
  const what = `event hub for ${purpose}`;
  const mark = randomUUID();
  const watch =
    deliver === undefined
      ? undefined
      : {
          ready: () => publish(azure, credential, deliver, mark),
          seen: (body: unknown) => JSON.stringify(body ?? null).includes(mark),
        };
  const address = {
    ...hubAddress(settings, credential),
    consumerGroup: azure.consumerGroup,
    ...(azure.webSockets ? { webSockets: azure.webSockets } : {}),
  };
  const look = await lookAtHub(address, watch);
  if (look.kind !== "ok") {
    const cure =
      look.kind === "unauthorized" ? ("connectionString" in settings ? KEY_CURE : ROLE_CURE) : CURES[look.kind];
    return [{ what, state: look.kind === "busy" ? "warning" : "wrong", text: look.problem, cure: cure ?? "" }];
  }
  const text = `${settings.eventHubName}, ${look.partitions} partitions, can be read in ${azure.consumerGroup}`;
  return [{ what, state: "ok", text }, ...(deliver === undefined ? [] : [delivery(look.arrived)])];
}

function delivery(arrived: boolean | undefined): Finding {
  const what = "delivery";
  return arrived
    ? { what, state: "ok", text: "what the twin service told has arrived in the hub" }
    : {
        what,
        state: "wrong",
        text: "what the twin service told did not arrive within 10 s",
        cure: "is the route's endpoint the one of this hub, and 'Succeeded'? az dt endpoint show; az dt route list",
      };
}

async function publish(azure: AzureSettings, credential: TokenCredential | undefined, twinId: string, mark: string) {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const provider = new AzureTwinProvider({ url: azure.digitalTwinsUrl, log, ...(credential ? { credential } : {}) });
  await provider.publishTelemetry(twinId, { doctor: mark });
}
