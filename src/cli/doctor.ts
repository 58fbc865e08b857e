/**
 * `npx colyseus-digital-twins doctor`: checks a configuration against the services that it names, and says what is wrong
 * and how to mend it. Changes nothing; with `--deliver TWIN` it publishes one telemetry message, to see it arrive.
 */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { type AzureSettings, type Config, ConfigError, type HubSettings, loadConfig } from "../config.ts";
import { credentialFor, hubAddress } from "../connect.ts";
import { AzureTwinProvider } from "../providers/azure/AzureTwinProvider.ts";
import { lookAtHub, lookAtTwinService, type TwinServiceLook } from "../providers/azure/inspect.ts";

const USAGE = `usage: colyseus-digital-twins doctor [--deliver TWIN]

  --deliver   publish one telemetry message of this twin and wait until the event route has delivered it
              (needs the role Azure Digital Twins Data Owner)

Exit code: 0 all is well or only warnings, 1 something is wrong, 2 the settings cannot be used.`;
/** A source time further ahead than this is cut (contract, "newest wins"); tokens allow for minutes. */
const CLOCK_LIMIT_MS = 5000;
const NEEDED = ["Twin.Update", "Twin.Create", "Twin.Delete", "Relationship.Create", "Relationship.Delete"];

interface Terminal {
  out(text: string): void;
  error(text: string): void;
}

interface Finding {
  what: string;
  state: "ok" | "warning" | "wrong";
  text: string;
  cure?: string;
}

export interface DoctorOptions {
  now?: () => number;
}

/** The exit code. */
export async function doctor(
  args: string[],
  env: Record<string, string | undefined>,
  terminal: Terminal,
  { now = Date.now }: DoctorOptions = {},
): Promise<number> {
  let config: Config;
  let deliver: string | undefined;
  try {
    deliver = parseArgs({ args, options: { deliver: { type: "string" } } }).values.deliver;
    config = loadConfig(env);
  } catch (error) {
    terminal.error(error instanceof ConfigError ? error.message : USAGE);
    return 2;
  }
  if (config.azure === undefined) {
    terminal.out("AZURE_DIGITALTWINS_URL is not set: the embedded cloud runs, and there is nothing to check.");
    return 0;
  }
  const findings: Finding[] = [];
  for await (const finding of examine(config.azure, deliver, now)) {
    findings.push(finding);
    terminal.out(
      `${MARKS[finding.state]} ${finding.what}: ${finding.text}${finding.cure ? `\n      → ${finding.cure}` : ""}`,
    );
  }
  const wrong = findings.filter(({ state }) => state === "wrong").length;
  terminal.out(wrong === 0 ? "\nNothing is wrong." : `\n${wrong} of ${findings.length} checks found something wrong.`);
  return wrong === 0 ? 0 : 1;
}

const MARKS = { ok: "  ok ", warning: "warn ", wrong: "FAIL " };

async function* examine(azure: AzureSettings, deliver: string | undefined, now: () => number): AsyncGenerator<Finding> {
  const credential = await credentialFor(azure);
  const look = await lookAtTwinService({ url: azure.digitalTwinsUrl, credential, now });
  yield* twinService(azure.digitalTwinsUrl, look);
  if (azure.notifications === undefined) {
    yield {
      what: "AZURE_EVENTHUBS_NOTIFICATIONS",
      state: "warning",
      text: "not set: changes by others are not seen",
      cure: "name the hub that the event route delivers to (docs/azure.md, step 2)",
    };
  } else {
    const send = look.status === 200 ? deliver : undefined;
    yield* hub("notifications", azure.notifications, azure, credential, send);
  }
  for (const telemetry of azure.telemetry) {
    yield* hub("telemetry", telemetry, azure, credential, undefined);
  }
}

function* twinService(url: string, look: TwinServiceLook): Generator<Finding> {
  const what = "twin service";
  if (look.status === undefined) {
    const text = `${url} cannot be reached (${look.problem})`;
    yield {
      what,
      state: "wrong",
      text,
      cure: "look at AZURE_DIGITALTWINS_URL, at DNS, firewalls and HTTPS_PROXY; is it signed in (az login)?",
    };
    return;
  }
  yield { what, state: "ok", text: `${url} answers` };
  yield access(look.status);
  yield clock(look.clockAheadMs);
  if (look.status === 200) {
    yield routes(look);
  }
}

function access(status: number): Finding {
  const what = "token and rights";
  if (status === 401) {
    return {
      what,
      state: "wrong",
      text: "the service does not accept the token (401)",
      cure: "sign in to the tenant of this instance: az login --tenant …, or the variables AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET",
    };
  }
  if (status === 403) {
    return {
      what,
      state: "wrong",
      text: "the identity has no role on this instance (403)",
      cure: 'az dt role-assignment create --assignee … --role "Azure Digital Twins Data Reader"; a new one takes up to five minutes',
    };
  }
  return status === 200
    ? { what, state: "ok", text: "models can be read" }
    : {
        what,
        state: "wrong",
        text: `the service answers ${status}`,
        cure: "try again later; look at the state of Azure in this region",
      };
}

function clock(aheadMs: number | undefined): Finding {
  const what = "clock";
  if (aheadMs === undefined) {
    return { what, state: "warning", text: "the service does not tell its time" };
  }
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return Math.abs(aheadMs) <= CLOCK_LIMIT_MS
    ? { what, state: "ok", text: `differs by ${seconds} s` }
    : {
        what,
        state: "wrong",
        text: `this machine is ${seconds} s ${aheadMs > 0 ? "behind" : "ahead of"} the service`,
        cure: "synchronize it (NTP): ages and the order of values are wrong, and tokens are refused",
      };
}

function routes({ routes: found }: TwinServiceLook): Finding {
  const what = "event route";
  const cure = "az dt route create --dt-name … --route-name colyseus --endpoint-name … --filter true";
  if (found === undefined) {
    return { what, state: "warning", text: "the routes may not be read by this identity" };
  }
  if (found.length === 0) {
    return { what, state: "wrong", text: "there is none: nothing is delivered, values stand still", cure };
  }
  const passes = (type: string) => found.some(({ filter }) => filter.trim() === "true" || filter.includes(type));
  const missing = NEEDED.filter((type) => !passes(type));
  return missing.length === 0
    ? { what, state: "ok", text: found.map(({ id }) => id).join(", ") }
    : {
        what,
        state: "wrong",
        text: `no route lets ${missing.join(", ")} pass`,
        cure: "widen its filter (docs/azure.md, step 3)",
      };
}

const CURES: Record<string, string> = {
  unreachable: "AMQP needs TCP port 5671; else set AZURE_EVENTHUBS_TRANSPORT=websockets; look at the namespace's name",
  missing: "create it, or name the right one (EntityPath, or after the slash)",
  unauthorized: 'role "Azure Event Hubs Data Receiver" for the identity, or a key with the right to listen',
  group: "az eventhubs eventhub consumer-group create …, or AZURE_EVENTHUBS_CONSUMER_GROUP",
  busy: "fine if that is this server; to see what is delivered, stop it or name another group for this check",
  other: "docs/azure.md has a table of symptoms",
};

async function* hub(
  purpose: "notifications" | "telemetry",
  settings: HubSettings,
  azure: AzureSettings,
  credential: Awaited<ReturnType<typeof credentialFor>>,
  deliver: string | undefined,
): AsyncGenerator<Finding> {
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
    yield { what, state: look.kind === "busy" ? "warning" : "wrong", text: look.problem, cure: CURES[look.kind] ?? "" };
    return;
  }
  yield {
    what,
    state: "ok",
    text: `${settings.eventHubName}, ${look.partitions} partitions, can be read in ${azure.consumerGroup}`,
  };
  if (deliver !== undefined) {
    yield look.arrived
      ? { what: "delivery", state: "ok", text: "what the twin service told has arrived in the hub" }
      : {
          what: "delivery",
          state: "wrong",
          text: "what the twin service told did not arrive within 10 s",
          cure: "is the route's endpoint the one of this hub, and 'Succeeded'? az dt endpoint show; az dt route list",
        };
  }
}

async function publish(
  azure: AzureSettings,
  credential: Awaited<ReturnType<typeof credentialFor>>,
  twinId: string,
  mark: string,
) {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const provider = new AzureTwinProvider({ url: azure.digitalTwinsUrl, log, ...(credential ? { credential } : {}) });
  await provider.publishTelemetry(twinId, { doctor: mark });
}
