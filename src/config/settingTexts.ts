/**
 * What each setting means, for people: attached to the schema in config.ts, from which docs/configuration.md is generated
 * (npm run docs:config). Texts are Markdown. `short`: the default as the table tells it, where that differs.
 */
export interface SettingText {
  section: "The server" | "The cloud" | "Spaces" | "Sign-in and rights" | "Limits";
  description: string;
  default: string;
  short?: string;
  /** Values, as a shell takes them. */
  examples: readonly string[];
}

export const SETTING_TEXTS = {
  PORT: {
    section: "The server",
    description: "TCP port of the page, REST and rooms. `0` takes any free one; the start message names it.",
    default: "`2567`",
    examples: ["8080"],
  },
  HOST: {
    section: "The server",
    description:
      "Address to listen on: `127.0.0.1`, `localhost` or `::1`; with sign-in ([`AUTH_ISSUER`](#auth_issuer) or [`AUTH_SECRET`](#auth_secret)) any other, such as `0.0.0.0`. Without, others are refused: everybody who reaches the server may use it, so it stays on this machine. Browsers' requests and WebSockets from pages of other origins are refused too.",
    default: "`127.0.0.1`",
    examples: ["::1"],
  },
  DATA_DIR: {
    section: "The server",
    description: `Folder of what outlives the process; made when it is not there. Relative paths start at the working directory. It holds

- \`server.sqlite\`: places in the event hubs (checkpoints), events that could not be applied (dead letters), and copies of the models, so that the server can start while the twin service is away; operations of the last day, alarms, and the audit;
- in the demo also \`digitaltwins.sqlite\`, \`eventhubs.sqlite\` and \`iothub.sqlite\`, the content of the embedded cloud, and \`emulator.json\`, its address and key, readable by the owner only; \`npm run replay\` looks there.

Stop the server before copying or deleting it. Without it the demo starts anew; with Azure, nothing is lost but the places in the hubs and the dead letters: the hubs are then read again from their oldest event.`,
    default: "`.data`",
    examples: ["/var/lib/twins"],
  },
  COMPRESSION: {
    section: "The server",
    description:
      "Whether patches go to clients compressed: once for all who get the same, to a third of their length or less, for 0.2 ms of CPU each. Browsers then compress what they send, too, which costs the server about 45 µs a message. `false` where bandwidth costs nothing, or a proxy compresses.",
    default: "`true`",
    examples: ["false"],
  },
  LOG_LEVEL: {
    section: "The server",
    description: "Least severity that is logged: `trace`, `debug`, `info`, `warn`, `error`, or `silent`.",
    default: "`info`",
    examples: ["debug"],
  },
  AZURE_DIGITALTWINS_URL: {
    section: "The cloud",
    description:
      "Address of the Azure Digital Twins instance. `https`, with the credential that `DefaultAzureCredential` finds; `http` is taken only for a service on this machine (the embedded one, run as a process of its own) and never gets a credential.",
    default: "not set; the embedded cloud runs",
    short: "not set: the embedded cloud",
    examples: ["https://plant.api.weu.digitaltwins.azure.net"],
  },
  AZURE_EVENTHUBS_NOTIFICATIONS: {
    section: "The cloud",
    description:
      "The event hub to which the instance's event route sends its notifications. Either `<namespace>.servicebus.windows.net/<hub>`, read with the same credential as the instance, or a connection string with `EntityPath`. Without it twins are loaded once at the start and later changes by others are not seen; an operation is then never verified and ends as `timed-out`.",
    default: "not set",
    examples: ["plant.servicebus.windows.net/twins"],
  },
  AZURE_EVENTHUBS_TELEMETRY: {
    section: "The cloud",
    description:
      "Event hubs with device messages: an IoT Hub's built-in endpoint, or a hub that an IoT Hub routes to. Same two forms as above; several are separated by commas.",
    default: "not set; only what the twin service tells is shown",
    short: "not set",
    examples: [
      "plant.servicebus.windows.net/devices",
      "'Endpoint=sb://….servicebus.windows.net/;SharedAccessKeyName=service;SharedAccessKey=…;EntityPath=…'",
    ],
  },
  AZURE_EVENTHUBS_CONSUMER_GROUP: {
    section: "The cloud",
    description:
      "Consumer group, the same on every hub above; it must exist on each. Two servers with folders (`DATA_DIR`) of their own need groups of their own: in one group they would take the partitions from each other.",
    default: "`$Default`",
    examples: ["colyseus"],
  },
  AZURE_EVENTHUBS_TRANSPORT: {
    section: "The cloud",
    description:
      "How the hubs are reached: `amqp`, TCP port 5671, or `websockets`, the same AMQP over WebSockets on port 443, for networks that let nothing else out. It holds for all hubs.",
    default: "`amqp`",
    examples: ["websockets"],
  },
  AZURE_EVENTHUBS_PROXY: {
    section: "The cloud",
    description:
      "HTTP proxy through which the hubs are reached, by `CONNECT`; it implies `websockets`. Name and password may stand in the URL; they are never printed. The twin service, sign-in and storage are HTTPS and follow the usual `HTTPS_PROXY` and `NO_PROXY` by themselves.",
    default: "not set",
    examples: ["http://proxy.example:3128"],
  },
  AZURE_CHECKPOINT_CONTAINER: {
    section: "The cloud",
    description:
      "Azure Blob container for the places in the hubs, instead of `DATA_DIR`: where a server's disk does not outlive it, or where servers on several hosts share one consumer group. `https://<account>.blob.core.windows.net/<container>`, with a SAS in it or for the server's identity (role *Storage Blob Data Contributor*); or a storage connection string with `;Container=<container>`. The container has to be there: a missing one, or one that may not be used, ends the start with what to do. A checkpoint costs one request per second and partition at the most, and every partition is claimed anew every two seconds.",
    default: "not set; SQLite in `DATA_DIR`, for servers on one host",
    short: "not set: in `DATA_DIR`",
    examples: ["https://plant.blob.core.windows.net/checkpoints"],
  },
  AZURE_IOTHUB: {
    section: "The cloud",
    description: `IoT Hub of the twins' devices: a connection string with the policy \`service\` and \`registryRead\`, or the hub's host name, which is reached with the credential of the environment (role "IoT Hub Data Contributor"). A twin's device has the twin's id. Set-points that a device reports about itself are then asked of the device, and Commands run there ([control.md](control.md)). Its messages still come by [\`AZURE_EVENTHUBS_TELEMETRY\`](#azure_eventhubs_telemetry): route device messages, device twin changes and connection events there.`,
    default: "not set",
    short: "not set: twins have no devices",
    examples: [
      "plant.azure-devices.net",
      "'HostName=plant.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey=a2V5'",
    ],
  },
  WRITE_THROUGH: {
    section: "The cloud",
    description:
      "Whether the values of device messages are written to the twin service, with their source times: per twin at most one patch every 500 ms, in all [`WRITE_THROUGH_RATE`](#write_through_rate) a second, always with the newest value of each Property. DTDL Telemetry is never written. `1`, `true`, `on`, `yes`, or `0`, `false`, `off`, `no`. Leave it off where something else (a function, Azure Data Explorer …) already brings device values to the twins. With Azure it needs the role *Azure Digital Twins Data Owner*.",
    default: "on in the demo, off when `AZURE_DIGITALTWINS_URL` is set",
    short: "on in the demo, off with Azure",
    examples: ["on"],
  },
  WRITE_THROUGH_RATE: {
    section: "The cloud",
    description:
      "Patches per second that write-through sends at the most, 1 to 1000 (Azure's limit for an instance, shared with everybody else who writes to it). More twins than that wait longer and coalesce more. When the service throttles (429), this server halves its rate, keeps to the service's `Retry-After` for all twins, and comes back to this rate within half a minute of success. A patch costs this server 1–2 ms of CPU.",
    default: "`200`",
    examples: ["800"],
  },
  MAPPING_FILE: {
    section: "The cloud",
    description:
      "JSON file with rules that say which twin a device message speaks of and where its fields go ([mapping.md](mapping.md)). Every fault of it is reported at once and ends the start. It is read again when it changes and on `SIGHUP` (in a terminal that signal ends the server, as closing the window does); a faulty change is logged, and the old rules hold.",
    default:
      "not set; the device's id is the twin's, a field goes to the Property or Telemetry of that name, `dt-subject` names the component",
    short: "not set: by convention",
    examples: ["plant/mapping.json"],
  },
  CONTROL_FILE: {
    section: "The cloud",
    description:
      "JSON file of interlocks, hazardous acts, effects of commands and alarms ([control.md](control.md)). Read at the start, which a faulty file ends with every fault of it. In the demo it takes the place of the plant's own rules.",
    default: "not set",
    examples: ["plant/control.json"],
  },
  SPACE_CONTAINS: {
    section: "Spaces",
    description: "Names of relationships that mean *source contains target*.",
    default: "`contains,hasPart,includes`",
    examples: ["contains,rel_has_floors,rel_has_rooms"],
  },
  SPACE_PART_OF: {
    section: "Spaces",
    description: "Names of relationships that mean *source is part of target*.",
    default: "`isPartOf,isContainedIn`",
    examples: ["isPartOf,locatedIn"],
  },
  FIRST_SPACE: {
    section: "Spaces",
    description:
      "Id of the twin whose space players enter when they name none, and which is first in `GET /api/v1/spaces`. With it they enter that space also while the twins are still being loaded; without, that is decided when they are.",
    default: "not set; in the demo `hall-1`, else the space whose name comes first",
    short: "not set",
    examples: ["hall-1"],
  },
  RESTRICTED_PROPERTIES: {
    section: "Spaces",
    description:
      "Properties and Telemetry that only some roles see; others never receive them, neither in rooms nor by REST. A comma-separated list of `<model>/<property>=<role>|<role>`: the model is the one that declares it (those that extend it are meant too; for a component's property, the component's model), the roles those that see it. A query that has the name of such a property in it is refused for all others, since a condition tells a value too; from the rows of other queries members of that name are left out, whatever their model. A property that its model does not have ends the start, with the names that there are. A model that is not there at the start is named in a warning; if it comes and does not have the property, that is logged as an error, and all values of its twins are kept back. While a twin's model is not known, all that has the name of such a property is kept back. Who does not see all of a twin changes it by PATCH: by PUT he would erase what he does not see, so that is refused.",
    default: "not set; everybody sees everything",
    short: "not set",
    examples: ["dtmi:com:example:Pump;1/energyCost=operator|admin,dtmi:com:example:Motor;1/serialNumber=admin"],
  },
  ALLOWED_ORIGINS: {
    section: "Spaces",
    description:
      "Other web sites whose pages may use this server: join rooms, call REST, read the answers. A comma-separated list of origins, without paths. Pages that this server itself delivers, and programs that are no browser, always may. In a game's own server this and [`ALLOWED_HOSTS`](#allowed_hosts) hold by calling [`refuseForeign`](plugins.md#pages-of-other-sites).",
    default: "not set; pages of other sites are refused",
    short: "not set",
    examples: ["https://plant.example,http://localhost:5173"],
  },
  ALLOWED_HOSTS: {
    section: "Spaces",
    description:
      "Names under which browsers and programs address this server, beside `localhost` and IP addresses, without ports: what stands in the `Host` header. Requests for other names are refused, but for those that only read the page, `/docs` or `/health`; this keeps pages away that have their name point here. A comma-separated list.",
    default: "not set; by `localhost` and IP addresses only",
    short: "not set",
    examples: ["plant.example,twins.internal"],
  },
  AUTH_ISSUER: {
    section: "Sign-in and rights",
    description:
      "URL of the OpenID Connect issuer whose tokens are taken, exactly as in their claim `iss`. Its keys are found by discovery (`/.well-known/openid-configuration`) and looked for again every 10 minutes and when a token names an unknown one. While the issuer is away, known keys hold for a day.",
    default: "not set; nobody signs in",
    short: "not set: nobody signs in",
    examples: ["https://login.microsoftonline.com/5f1c7f1e-0000-0000-0000-000000000000/v2.0"],
  },
  AUTH_SECRET: {
    section: "Sign-in and rights",
    description:
      "For development, instead of an issuer: a secret of at least 32 bytes with which tokens are signed (HS256). `npx colyseus-digital-twins token --role operator` makes one. Whoever has it can be anybody. Never printed.",
    default: "not set",
    examples: ["not-for-production-0123456789abcdef"],
  },
  AUTH_AUDIENCE: {
    section: "Sign-in and rights",
    description:
      "What has to stand in a token's claim `aud`: this server's name at the issuer. Several are separated by commas. Required beside `AUTH_ISSUER`: a token that was made for another application of the same issuer is no sign-in here.",
    default: "not set; `colyseus-digital-twins` with `AUTH_SECRET`",
    short: "not set",
    examples: ["api://plant"],
  },
  AUTH_CLIENT_ID: {
    section: "Sign-in and rights",
    description:
      "What the page calls itself at the issuer when somebody signs in there. Told to everybody who opens the page.",
    default: "the first of `AUTH_AUDIENCE`",
    examples: ["7b1c2f0e-0000-0000-0000-000000000000"],
  },
  AUTH_SCOPES: {
    section: "Sign-in and rights",
    description:
      "What the page asks for there, separated by blanks. The access token that comes of it has to be for this server (`AUTH_AUDIENCE`): Entra ID wants a scope of the server for that, such as `api://<client id>/play`. Without `offline_access` (or what stands for it at the issuer) people sign in again when their token ends.",
    default: "`openid profile offline_access`",
    examples: ["openid profile offline_access api://plant/play"],
  },
  AUTH_ROLES_CLAIM: {
    section: "Sign-in and rights",
    description:
      "Claim of the token that holds the roles: a list, or names separated by blanks. Dots lead into nested claims, as in Keycloak's `realm_access.roles`.",
    default: "`roles`",
    examples: ["realm_access.roles"],
  },
  AUTH_ROLES: {
    section: "Sign-in and rights",
    description:
      "What stands in that claim and the role that it gives, `player`, `builder`, `operator` or `admin`, separated by commas. Somebody may have several. A token that gives none is refused.",
    default: "`player=player,builder=builder,operator=operator,admin=admin`",
    examples: ["Plant.Viewer=player,Plant.Operator=operator,Plant.Admin=admin"],
  },
  AUTH_CLOCK_TOLERANCE: {
    section: "Sign-in and rights",
    description:
      "Seconds by which the issuer's clock may differ from this machine's, 0 to 300: so much earlier a token is taken, and so much longer.",
    default: "`30`",
    examples: ["5"],
  },
  POLICY_FILE: {
    section: "Sign-in and rights",
    description:
      "JSON file with rules of who may do what ([sign-in.md](sign-in.md#rules)). Every fault of it is reported at once and ends the start. It is read again when it changes and on `SIGHUP`; a faulty change is logged, and the old rules hold.",
    default: "not set; by role alone",
    short: "not set: by role alone",
    examples: ["plant/policy.json"],
  },
  READ_ONLY: {
    section: "Sign-in and rights",
    description:
      "Refuses every write, whoever asks. `1`, `true`, `on`, `yes`, or `0`, `false`, `off`, `no`. What devices say is shown, and written through if that is on, all the same.",
    default: "`off`",
    examples: ["1"],
  },
  RATE_LIMIT_PER_ADDRESS: {
    section: "Limits",
    description:
      "Requests that one address may send to the REST API within a minute, good tokens or bad; an IPv6 network of 56 bits counts as one. `0`: as many as it likes. Behind a proxy set [`TRUSTED_PROXIES`](#trusted_proxies), or everybody has the proxy's address.",
    default: "`12000`",
    examples: ["60000"],
  },
  RATE_LIMIT_PER_USER: {
    section: "Limits",
    description:
      "Requests that one person may send to the REST API within a minute, from whatever address; without sign-in all are one person. `0`: as many as he likes.",
    default: "`6000`",
    examples: ["600"],
  },
  RATE_LIMIT_JOINS: {
    section: "Limits",
    description:
      "Requests to matchmaking (to join, which may make a room) that one address may send within a minute, whatever becomes of them; an IPv6 network of 56 bits counts as one. Who asks more is told so with status 429 and `Retry-After`; connections that stand, and the SDK's reconnecting, do not count. `0`: as many as it likes, as load tests from one machine may need. Behind a proxy set [`TRUSTED_PROXIES`](#trusted_proxies). In a game's own server this holds by calling [`limitJoins`](plugins.md#joins-without-end).",
    default: "`3000`",
    examples: ["600"],
  },
  TRUSTED_PROXIES: {
    section: "Limits",
    description:
      "Number of proxies before this server. The address of who asks is then taken from `X-Forwarded-For`, so many places from its end. With a number that is too high anybody can pretend to be at any address.",
    default: "`0`",
    examples: ["1"],
  },
  WRITE_BUDGET: {
    section: "Limits",
    description:
      "Writes per second that people cause in the twin service, over rooms and REST, all of them together; short bursts may use up one second's worth. Azure takes 1,000 patches, and 500 other writes, a second for one instance, which others may share. What is over it is refused; the layout of worlds waits and goes on. What devices say has its own pace, [`WRITE_THROUGH_RATE`](#write_through_rate).",
    default: "`500`",
    examples: ["50"],
  },
  METRICS_TOKEN: {
    section: "Sign-in and rights",
    description:
      "What Prometheus sends as `Authorization: Bearer …` to read `/metrics` ([operations.md](operations.md#metrics)), at least 16 characters. With sign-in an admin's token is taken too. Without sign-in and without this, everybody who reaches the server may read it, and that is this machine only. Never printed.",
    default: "not set",
    examples: ["0123456789abcdef0123456789abcdef"],
  },
} as const satisfies Record<string, SettingText>;
