/**
 * The process's configuration: environment variables → a frozen object, every bad key reported at once.
 *
 * Without `AZURE_DIGITALTWINS_URL` the embedded cloud runs (the demo). Called by main.ts and by tests; nothing else reads
 * the environment.
 */
import { resolve } from "node:path";
import { z } from "zod";
import { HOST_NAME, isOrigin } from "./addresses.ts";
import type { SignInSettings } from "./auth/SignInSettings.ts";
import { type LimitSettings, limitKeys, limitSettings } from "./config/limits.ts";
import { entriesOf, list } from "./config/list.ts";
import { parseRestriction, type RestrictionSetting } from "./config/restriction.ts";
import { SETTING_TEXTS, type SettingText } from "./config/settingTexts.ts";
import { isLoopback, signInKeys, signInProblems, signInSettings } from "./config/signIn.ts";

/** One Event Hub: by connection string, or by host and the credential of the environment (DefaultAzureCredential). */
export type HubSettings =
  | { connectionString: string; eventHubName: string }
  | { fullyQualifiedNamespace: string; eventHubName: string };

/** Where checkpoints are kept outside this host: a container by URL, or by connection string and name. */
export type ContainerSettings = { url: string } | { connectionString: string; container: string };

export interface AzureSettings {
  digitalTwinsUrl: string;
  /** Hub that the instance's event route delivers to. Absent: the mirror is loaded once and not kept up. */
  notifications?: HubSettings;
  telemetry: readonly HubSettings[];
  consumerGroup: string;
  /** undefined: in DATA_DIR. */
  checkpoints?: ContainerSettings;
  /** AMQP over WebSockets on 443, through this proxy where there is one; undefined: AMQP on 5671. */
  webSockets?: { proxy?: string };
  /** The IoT Hub of the twins' devices. Absent: no twin has a device. */
  iotHub?: { connectionString: string } | { hostName: string };
}

export interface Config {
  port: number;
  host: string;
  /** Where the embedded cloud and the server keep their files; undefined: nothing outlives the process. */
  dataDir: string | undefined;
  /** Patches to several clients are compressed, once for all of them. */
  compression: boolean;
  logLevel: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  /** undefined: the embedded cloud. */
  azure: AzureSettings | undefined;
  /** Bring device values to the twin service. On in the demo, off elsewhere: plants often have ingest of their own. */
  writeThrough: boolean;
  /** Patches per second by which it does. */
  writeThroughRate: number;
  /** Rules by which device messages become values of twins; undefined: by convention. */
  mappingFile: string | undefined;
  /** Interlocks, hazardous acts, effects of commands, alarms; undefined: none, or those of the demo. */
  controlFile: string | undefined;
  /** Relationships by which a space contains twins, and by which twins are part of a space. */
  contains: readonly string[];
  partOf: readonly string[];
  /** Space that players enter when they name none; undefined: the first by name. */
  firstSpace: string | undefined;
  /** Properties that only some roles see, by model. */
  restricted: readonly RestrictionSetting[];
  /** Other sites whose pages may use rooms and REST; those of this server always may. */
  allowedOrigins: readonly string[];
  /** Names under which the server may be addressed, beside localhost and IP addresses. */
  allowedHosts: readonly string[];
  /** undefined: nobody signs in. */
  signIn: SignInSettings | undefined;
  /** Rules of who may do what; undefined: by role alone. */
  policyFile: string | undefined;
  /** Refuses every write, whoever asks. */
  readOnly: boolean;
  limits: LimitSettings;
  /** With it /metrics can be read without being an admin. */
  metricsToken: string | undefined;
}

/** What is wrong with the environment, a line per key. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((p) => `  ${p}`).join("\n")}`);
    this.problems = problems;
  }
}

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

const PORT_RANGE = "expected a port number from 0 to 65535";

const RATE_RANGE = "expected a whole number of patches per second, from 1 to Azure's limit of 1000";

const flag = z.stringbool({ truthy: ["1", "true", "on", "yes"], falsy: ["0", "false", "off", "no", ""] });
/** What `parse` makes of a text; a sentence of it is the fault. */
const parsedBy = <T extends object>(parse: (text: string) => T | string) =>
  z.string().transform((text, context): T => {
    const parsed = parse(text);
    if (typeof parsed === "string") {
      context.addIssue({ code: "custom", message: parsed });
      return z.NEVER;
    }
    return parsed;
  });
const hub = parsedBy(parseHub);
const container = parsedBy(parseContainer);
const restriction = parsedBy(parseRestriction);

const environment = z.object(
  described({
    PORT: z.coerce.number(PORT_RANGE).int(PORT_RANGE).min(0, PORT_RANGE).max(65_535, PORT_RANGE).default(2567),
    HOST: z.string().default("127.0.0.1"),
    DATA_DIR: z.string().min(1).default(".data"),
    COMPRESSION: flag.default(true),
    LOG_LEVEL: z
      .enum(["trace", "debug", "info", "warn", "error", "silent"], {
        error: "expected trace, debug, info, warn, error or silent",
      })
      .default("info"),
    AZURE_DIGITALTWINS_URL: z
      .url({ protocol: /^https?$/, error: "expected a URL such as https://<name>.api.<region>.digitaltwins.azure.net" })
      .optional(),
    AZURE_EVENTHUBS_NOTIFICATIONS: hub.optional(),
    AZURE_EVENTHUBS_TELEMETRY: list.pipe(z.array(hub)).default([]),
    AZURE_EVENTHUBS_CONSUMER_GROUP: z.string().min(1).default("$Default"),
    AZURE_EVENTHUBS_TRANSPORT: z
      .enum(["amqp", "websockets"], {
        error: "expected amqp (port 5671) or websockets (AMQP over WebSockets, port 443)",
      })
      .optional(),
    AZURE_EVENTHUBS_PROXY: z
      .url({ protocol: /^https?$/, error: "expected the URL of an HTTP proxy such as http://proxy.example:3128" })
      .optional(),
    AZURE_CHECKPOINT_CONTAINER: container.optional(),
    WRITE_THROUGH: flag.optional(),
    WRITE_THROUGH_RATE: z.coerce
      .number(RATE_RANGE)
      .int(RATE_RANGE)
      .min(1, RATE_RANGE)
      .max(1000, RATE_RANGE)
      .default(200),
    AZURE_IOTHUB: z
      .string()
      .regex(
        /^HostName=[^;]+;SharedAccessKeyName=[^;]+;SharedAccessKey=[^;]+(;.*)?$|^[\w-]+(\.[\w-]+)+$/,
        "expected HostName=<hub>.azure-devices.net;SharedAccessKeyName=<policy>;SharedAccessKey=<key>, or <hub>.azure-devices.net",
      )
      .optional(),
    MAPPING_FILE: z.string().min(1).optional(),
    CONTROL_FILE: z.string().min(1).optional(),
    SPACE_CONTAINS: list.default(["contains", "hasPart", "includes"]),
    SPACE_PART_OF: list.default(["isPartOf", "isContainedIn"]),
    FIRST_SPACE: z.string().min(1).optional(),
    RESTRICTED_PROPERTIES: list.pipe(z.array(restriction)).default([]),
    ALLOWED_ORIGINS: list
      .pipe(z.array(z.string().refine(isOrigin, "expected origins such as https://plant.example, without a path")))
      .default([]),
    ALLOWED_HOSTS: list
      .pipe(
        z.array(z.string().regex(HOST_NAME, "expected host names such as plant.example, without a port").toLowerCase()),
      )
      .default([]),
    ...signInKeys,
    POLICY_FILE: z.string().min(1).optional(),
    READ_ONLY: flag.default(false),
    ...limitKeys,
    METRICS_TOKEN: z
      .string()
      .min(16, "expected at least 16 characters; make one with: openssl rand -hex 16")
      .optional(),
  }),
);

/** The keys with their texts; one without does not compile. */
function described<T extends Record<keyof typeof SETTING_TEXTS, z.ZodType>>(
  shape: T & Record<Exclude<keyof T, keyof typeof SETTING_TEXTS>, never>,
): T {
  const texts: Record<string, object> = SETTING_TEXTS;
  const entries = Object.entries<z.ZodType>(shape).map(([key, schema]) => [key, schema.meta({ ...texts[key] })]);
  return Object.fromEntries(entries) as T;
}

export interface Setting extends SettingText {
  key: string;
}

/** What the schema says of its keys, for docs/configuration.md. */
export const SETTINGS: readonly Setting[] = Object.entries<z.ZodType>(environment.shape).map(([key, schema]) => ({
  ...(schema.meta() as unknown as SettingText),
  key,
}));

/** Names of the environment variables that are read; docs/configuration.md describes each of them. */
export const CONFIG_KEYS: readonly string[] = Object.keys(environment.shape);

/** @throws where it is not what loadConfig gives, such as the environment itself; `whose`: the function that was given it */
export function assertConfig(whose: string, config: Config): void {
  if (typeof config?.limits !== "object") {
    throw new Error(`${whose}: the settings are not what loadConfig gives; write ${whose}(loadConfig(process.env))`);
  }
}

/**
 * @param env usually `process.env`; empty strings count as not set
 * @throws ConfigError
 */
export function loadConfig(env: Record<string, string | undefined>, options: { memory?: boolean } = {}): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = environment.safeParse(given);
  const found = parsed.success
    ? [...dependencies(parsed.data), ...signInProblems(parsed.data)]
    : parsed.error.issues.map((i) => `${shown(i.path, given)}: ${i.message}`);
  const problems = [...found, ...hostProblems(given)];
  if (!parsed.success || problems.length > 0) {
    throw new ConfigError(problems);
  }
  const e = parsed.data;
  return Object.freeze({
    port: e.PORT,
    host: e.HOST,
    dataDir: options.memory ? undefined : resolve(e.DATA_DIR),
    compression: e.COMPRESSION,
    logLevel: e.LOG_LEVEL,
    azure: azureSettings(e),
    writeThrough: e.WRITE_THROUGH ?? e.AZURE_DIGITALTWINS_URL === undefined,
    writeThroughRate: e.WRITE_THROUGH_RATE,
    mappingFile: e.MAPPING_FILE === undefined ? undefined : resolve(e.MAPPING_FILE),
    controlFile: e.CONTROL_FILE === undefined ? undefined : resolve(e.CONTROL_FILE),
    contains: e.SPACE_CONTAINS,
    partOf: e.SPACE_PART_OF,
    firstSpace: e.FIRST_SPACE,
    restricted: e.RESTRICTED_PROPERTIES,
    allowedOrigins: e.ALLOWED_ORIGINS,
    allowedHosts: e.ALLOWED_HOSTS,
    signIn: signInSettings(e),
    policyFile: e.POLICY_FILE === undefined ? undefined : resolve(e.POLICY_FILE),
    readOnly: e.READ_ONLY,
    limits: limitSettings(e),
    metricsToken: e.METRICS_TOKEN,
  });
}

function azureSettings(e: z.output<typeof environment>): AzureSettings | undefined {
  const proxy = e.AZURE_EVENTHUBS_PROXY;
  const overWebSockets = e.AZURE_EVENTHUBS_TRANSPORT === "websockets" || proxy !== undefined;
  return e.AZURE_DIGITALTWINS_URL === undefined
    ? undefined
    : {
        digitalTwinsUrl: e.AZURE_DIGITALTWINS_URL.replace(/\/+$/, ""),
        telemetry: e.AZURE_EVENTHUBS_TELEMETRY,
        consumerGroup: e.AZURE_EVENTHUBS_CONSUMER_GROUP,
        ...(e.AZURE_IOTHUB === undefined ? {} : { iotHub: iotHubSettings(e.AZURE_IOTHUB) }),
        ...(e.AZURE_EVENTHUBS_NOTIFICATIONS === undefined ? {} : { notifications: e.AZURE_EVENTHUBS_NOTIFICATIONS }),
        ...(e.AZURE_CHECKPOINT_CONTAINER === undefined ? {} : { checkpoints: e.AZURE_CHECKPOINT_CONTAINER }),
        ...(overWebSockets ? { webSockets: proxy === undefined ? {} : { proxy } } : {}),
      };
}

function iotHubSettings(text: string): NonNullable<AzureSettings["iotHub"]> {
  return text.startsWith("HostName=") ? { connectionString: text } : { hostName: text };
}

function dependencies(e: z.output<typeof environment>): string[] {
  const hubs =
    e.AZURE_IOTHUB !== undefined ||
    e.AZURE_EVENTHUBS_NOTIFICATIONS !== undefined ||
    e.AZURE_EVENTHUBS_TELEMETRY.length > 0;
  const problems: string[] = [];
  if (e.AZURE_DIGITALTWINS_URL === undefined && hubs) {
    problems.push(
      "AZURE_DIGITALTWINS_URL: not set although Event Hubs or an IoT Hub are. Set it too, or unset AZURE_EVENTHUBS_* and AZURE_IOTHUB for the demo",
    );
  }
  if (e.AZURE_DIGITALTWINS_URL?.startsWith("http:") && !isLoopback(e.AZURE_DIGITALTWINS_URL)) {
    problems.push("AZURE_DIGITALTWINS_URL: http is for an embedded service on this machine only; use https");
  }
  if (e.AZURE_EVENTHUBS_TRANSPORT === "amqp" && e.AZURE_EVENTHUBS_PROXY !== undefined) {
    problems.push(
      "AZURE_EVENTHUBS_PROXY: a proxy carries WebSockets only. Unset it, or set AZURE_EVENTHUBS_TRANSPORT=websockets",
    );
  }
  return problems;
}

/** Asked of what was given, so that it is told beside other faults. */
function hostProblems({ HOST, AUTH_ISSUER, AUTH_SECRET }: Record<string, string | undefined>): string[] {
  return HOST === undefined || LOOPBACK.includes(HOST) || (AUTH_ISSUER ?? AUTH_SECRET) !== undefined
    ? []
    : [
        `HOST=${HOST}: expected 127.0.0.1, localhost or ::1. Until sign-in is configured (AUTH_ISSUER or AUTH_SECRET) everybody who reaches this server may use it, so it stays on this machine`,
      ];
}

/** A connection string with EntityPath, or `<host>/<hub>`; else a sentence. */
function parseHub(text: string): HubSettings | string {
  if (text.startsWith("Endpoint=")) {
    const eventHubName = /(?:^|;)EntityPath=([^;]+)/.exec(text)?.[1];
    return eventHubName === undefined
      ? "the connection string has no EntityPath; add ;EntityPath=<event hub> (an IoT Hub's built-in endpoint shows it)"
      : { connectionString: text, eventHubName };
  }
  const [, fullyQualifiedNamespace, eventHubName] = /^([\w.-]+\.[\w.-]+)\/([\w.-]+)$/.exec(text) ?? [];
  return fullyQualifiedNamespace === undefined || eventHubName === undefined
    ? "expected a connection string (Endpoint=sb://…;EntityPath=<hub>) or <namespace>.servicebus.windows.net/<hub>"
    : { fullyQualifiedNamespace, eventHubName };
}

/** `https://<account>.blob.core.windows.net/<container>`, or a storage connection string with `Container=`; else a sentence. */
function parseContainer(text: string): ContainerSettings | string {
  const [, name] = /(?:^|;)Container=([^;]+)/.exec(text) ?? [];
  if (/(?:^|;)AccountName=|(?:^|;)BlobEndpoint=|^UseDevelopmentStorage/.test(text)) {
    return name === undefined
      ? "the connection string names no container; add ;Container=<container>"
      : { connectionString: text.replace(/;?Container=[^;]+/, ""), container: name };
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const path = url?.pathname.split("/").filter((part) => part !== "") ?? [];
  if (url === undefined || !/^https?:$/.test(url.protocol) || path.length === 0) {
    return "expected https://<account>.blob.core.windows.net/<container>, or a storage connection string with ;Container=<container>";
  }
  return url.protocol === "http:" && !isLoopback(text)
    ? "http is for a storage emulator on this machine only; use https"
    : { url: text };
}

/** The key with its value; of a list only the entry that is meant. */
function shown([name, at]: readonly PropertyKey[], given: Record<string, string | undefined>): string {
  const key = String(name);
  if (key === "AUTH_SECRET" || key === "METRICS_TOKEN") {
    return key;
  }
  const entry = typeof at === "number" ? entriesOf(given[key] ?? "")[at] : undefined;
  return entry === undefined
    ? `${key}=${redacted(given[key])}`
    : `${key}, entry ${Number(at) + 1} (${redacted(entry)})`;
}

function redacted(value: string | undefined): string {
  return (value ?? "")
    .replace(/((?:SharedAccessKey|AccountKey|sig)=)[^;&]+/g, "$1…")
    .replace(/(:\/\/[^:/@]+:)[^@/]+@/, "$1…@");
}
