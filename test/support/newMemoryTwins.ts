// The whole server side of the twins without a cloud: what `connect` gives a game, over a service in memory.
import { RolePolicy } from "../../src/auth/AccessPolicy.ts";
import { parseControlFile } from "../../src/control/rules/controlFile.ts";
import { MemoryEventLog } from "../../src/providers/memory/MemoryEventLog.ts";
import { MemoryEventSource } from "../../src/providers/memory/MemoryEventSource.ts";
import { type RuntimeParts, startTwins } from "../../src/runtime.ts";
import type { Restriction } from "../../src/schema/Restrictions.ts";
import type { TwinServices } from "../../src/services.ts";
import { Store } from "../../src/store/Store.ts";
import type { DeviceGateway, Log } from "../../src/twins/types.ts";
import { type GatedProvider, newGatedProvider } from "./GatedProvider.ts";
import { MODELS } from "./hall.ts";
import { silentLog } from "./silentLog.ts";

export interface MemoryTwins {
  services: TwinServices;
  provider: GatedProvider;
  /** Devices speak here, and the provider's notifications come by it. */
  hub: MemoryEventLog;
  /** A device's message. */
  says(twinId: string, values: Record<string, unknown>): void;
  ready: Promise<void>;
  close(): Promise<void>;
}

export interface MemoryTwinsOptions {
  writeThrough?: boolean;
  demo?: boolean;
  /** Models in the service beside those of the hall. */
  models?: readonly object[];
  restricted?: readonly Restriction[];
  devices?: DeviceGateway;
  /** Of the control file. */
  rules?: object;
  /** Default: nothing is logged. */
  log?: Log;
  /** Default: the hall; "": none is configured. */
  firstSpace?: string;
  comparison?: RuntimeParts["comparison"];
  /** Called before the twins are loaded: what it returns is waited for. */
  beforeLoad?: () => Promise<void>;
}

export async function newMemoryTwins(options: MemoryTwinsOptions = {}): Promise<MemoryTwins> {
  const provider = await newGatedProvider({ models: [...MODELS, ...(options.models ?? [])] });
  const listTwins = provider.listTwins.bind(provider);
  provider.listTwins = async function* () {
    await options.beforeLoad?.();
    yield* listTwins();
  };
  const hub = new MemoryEventLog({ source: "memory" });
  provider.onEvent((event) => hub.push([event]));
  const store = Store.open();
  const runtime = await startTwins({
    provider: () => provider,
    sources: [new MemoryEventSource(hub)],
    devices: options.devices,
    controlRules: { control: parseControlFile(JSON.stringify(options.rules ?? {}), "test"), where: "test" },
    records: store,
    deadLetters: store.deadLetters,
    edits: store.edits,
    modelCache: { read: () => [], write: () => undefined },
    policy: new RolePolicy(),
    log: options.log ?? silentLog,
    demo: options.demo ?? true,
    writeThrough: options.writeThrough ?? false,
    contains: ["contains"],
    partOf: ["isPartOf"],
    ...(options.firstSpace === "" ? {} : { firstSpace: options.firstSpace ?? "hall" }),
    ...(options.comparison === undefined ? {} : { comparison: options.comparison }),
    ...(options.restricted === undefined ? {} : { restricted: options.restricted }),
  });
  const { services, ready } = runtime;
  return {
    services,
    provider,
    hub,
    ready,
    close: async () => {
      await runtime.close();
      store.close();
    },
    says: (subject, values) => hub.push([{ type: "telemetry.received", subject, data: { values } }]),
  };
}
