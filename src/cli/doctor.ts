/**
 * `npx colyseus-digital-twins doctor`: checks a configuration against the services that it names, and says what is wrong
 * and how to mend it. Changes nothing; with `--deliver TWIN` it publishes one telemetry message, to see it arrive.
 */
import { parseArgs } from "node:util";
import { credentialFor } from "../azureParts.ts";
import { type Config, ConfigError, type HubSettings, loadConfig } from "../config.ts";
import { checkpointContainer } from "./doctor/checkpoints.ts";
import { eventHub } from "./doctor/eventHub.ts";
import type { Finding } from "./doctor/Finding.ts";
import { iotHub } from "./doctor/iotHub.ts";
import { issuer } from "./doctor/issuer.ts";
import { twinService } from "./doctor/twinService.ts";

const USAGE = `usage: colyseus-digital-twins doctor [--deliver TWIN]

  --deliver   publish one telemetry message of this twin and wait until the event route has delivered it
              (needs the role Azure Digital Twins Data Owner)

Exit code: 0 all is well or only warnings, 1 something is wrong, 2 the settings cannot be used.`;
interface Terminal {
  out(text: string): void;
  error(text: string): void;
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
  if (args.includes("--help")) {
    terminal.out(USAGE);
    return 0;
  }
  let config: Config;
  let deliver: string | undefined;
  try {
    deliver = parseArgs({ args, options: { deliver: { type: "string" } } }).values.deliver;
    config = loadConfig(env);
  } catch (error) {
    terminal.error(error instanceof ConfigError ? error.message : USAGE);
    return 2;
  }
  if (config.azure === undefined && config.signIn?.kind !== "oidc") {
    terminal.out("AZURE_DIGITALTWINS_URL is not set: the embedded cloud runs, and there is nothing to check.");
    return 0;
  }
  const findings: Finding[] = [];
  for await (const finding of examine(config, deliver, now)) {
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

/** All at once, since some of them wait for what does not answer; told in their order. */
async function* examine(config: Config, deliver: string | undefined, now: () => number): AsyncGenerator<Finding> {
  const ofAzure = await azureChecks(config, deliver, now);
  const checks = [issuer(config.signIn), ...ofAzure];
  for (const check of checks) {
    check.catch(() => undefined); // thrown below, when its turn comes
  }
  for (const check of checks) {
    yield* await check;
  }
}

async function azureChecks(
  config: Config,
  deliver: string | undefined,
  now: () => number,
): Promise<Promise<Finding[]>[]> {
  const { azure } = config;
  if (azure === undefined) {
    return [];
  }
  const credential = await credentialFor(azure);
  const service = twinService({ url: azure.digitalTwinsUrl, credential, now }, whyWrites(config));
  const hub = (purpose: "notifications" | "telemetry", settings: HubSettings, told?: string) =>
    eventHub({ purpose, settings, azure, credential, deliver: told });
  const notifications = async () => {
    if (azure.notifications === undefined) {
      return [NO_NOTIFICATIONS];
    }
    const isReady = deliver !== undefined && !(await service).some(preventsDelivery);
    return await hub("notifications", azure.notifications, isReady ? deliver : undefined);
  };
  return [
    service,
    notifications(),
    ...azure.telemetry.map((settings) => hub("telemetry", settings)),
    iotHub(azure, credential),
    checkpointContainer(azure, credential),
  ];
}

const NO_NOTIFICATIONS: Finding = {
  what: "AZURE_EVENTHUBS_NOTIFICATIONS",
  state: "warning",
  text: "not set: changes by others are not seen",
  cure: "name the hub that the event route delivers to (docs/azure.md, step 2)",
};
const NEEDED_TO_DELIVER = new Set(["sign-in", "twin service", "token and rights"]);
const preventsDelivery = ({ what, state }: Finding) => state === "wrong" && NEEDED_TO_DELIVER.has(what);

/** undefined: this server writes nothing to the twin service. */
function whyWrites({ writeThrough, signIn, readOnly }: Config): string | undefined {
  if (writeThrough) {
    return "WRITE_THROUGH is on";
  }
  return signIn !== undefined && !readOnly ? "people who sign in may write" : undefined;
}
