/**
 * The figures of /metrics in a registry of this server's own: read from the parts that count, at the moment of the scrape.
 * docs/operations.md has the names, docs/grafana-dashboard.json shows them.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Registry } from "prom-client";
import type { TwinServices } from "../services.ts";

type Sample = [labels: Record<string, string>, value: number | undefined];
type Read = () => readonly Sample[];
const one = (value: number | undefined): Sample[] => [[{}, value]];
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/** Reads nothing until it is scraped, but for the outcomes of operations, which are told as they happen. */
export function newGauges(services: TwinServices): Registry {
  const registry = new Registry();
  const gauge = (name: string, help: string, read: Read, labelNames: string[] = []) =>
    void new Gauge({ name, help, labelNames, registers: [registry], collect: fill("set", read) });
  const counter = (name: string, help: string, read: Read, labelNames: string[] = []) =>
    void new Counter({ name, help, labelNames, registers: [registry], collect: fill("inc", read) });
  const add = { gauge, counter };
  roomGauges(services, add);
  ingestGauges(services, add);
  writeGauges(services, add);
  providerGauges(services, add);
  controlGauges(services, add);
  processGauges(add);
  return registry;
}

interface Add {
  gauge(name: string, help: string, read: Read, labelNames?: string[]): void;
  counter(name: string, help: string, read: Read, labelNames?: string[]): void;
}

/** What is not known (undefined) is left out, which Prometheus shows as a gap. */
function fill(method: "set" | "inc", read: Read) {
  return function (this: { reset(): void; inc?: unknown; set?: unknown }): void {
    this.reset();
    for (const [labels, value] of read()) {
      if (value !== undefined) {
        (this as unknown as Record<string, (l: object, v: number) => void>)[method]?.(labels, value);
      }
    }
  };
}

function roomGauges({ traffic, mirror, link }: TwinServices, { gauge, counter }: Add): void {
  const clients = () => [...traffic.rooms].reduce((sum, room) => sum + room.clients.length, 0);
  gauge("twins_rooms", "Rooms that are open and show twins.", () => one(traffic.rooms.size));
  gauge("twins_clients", "Clients that are connected to those rooms.", () => one(clients()));
  gauge("twins_mirror_twins", "Twins held in memory.", () => one(mirror.size));
  gauge("twins_loaded", "1 once all twins were loaded.", () => one(Number(link.loaded)));
  gauge("twins_link_connected", "1 while every event source is connected.", () => one(Number(link.source.connected)));
  counter("twins_patches_total", "State patches handed to clients' sockets.", () => one(traffic.patches));
  counter("twins_patch_bytes_total", "Bytes of these patches, before compression and without frames.", () =>
    one(traffic.patchBytes),
  );
  counter("twins_full_states_total", "Full states sent to who joined or came back.", () => one(traffic.fullStates));
  counter("twins_full_state_bytes_total", "Bytes of these full states.", () => one(traffic.fullStateBytes));
}

function ingestGauges({ ingestMetrics: read, deadLetters }: TwinServices, { gauge, counter }: Add): void {
  const labels = ["hub", "partition"];
  const lag = (pick: "events" | "seconds" | "undone") => () =>
    read().partitions.map((p): Sample => [{ hub: p.source, partition: p.partition }, p[pick]]);
  const count = (pick: "events" | "duplicate") => () =>
    read().partitionCounts.map((p): Sample => [{ hub: p.source, partition: p.partition }, p[pick]]);
  counter("twins_ingest_events_total", "Events that were delivered.", count("events"), labels);
  counter("twins_ingest_duplicate_events_total", "Of these, delivered again and skipped.", count("duplicate"), labels);
  gauge("twins_ingest_lag_events", "Events in the hub that have not come here yet.", lag("events"), labels);
  gauge(
    "twins_ingest_lag_seconds",
    "How late the events are that wait in the hub, at most; 0 when none waits.",
    lag("seconds"),
    labels,
  );
  gauge("twins_ingest_undone_events", "Events whose effects are not durable yet.", lag("undone"), labels);
  gauge("twins_ingest_events_per_second", "Events applied a second, over ten seconds.", () =>
    one(read().eventsPerSecond),
  );
  gauge("twins_ingest_pending_batches", "Batches whose effects are not durable yet.", () => one(read().pump.pending));
  const device = (name: string, help: string, pick: keyof ReturnType<typeof read>["devices"]) =>
    counter(`twins_ingest_${name}_total`, help, () => one(read().devices[pick]));
  device("values", "Values that devices told and their models allow.", "values");
  device("late_values", "Of these, no newer than what was held.", "late");
  device("unknown_fields", "Fields that no model knows.", "unknown");
  device("unmatched_messages", "Messages for a twin that is not there.", "unmatched");
  device("dropped_messages", "Messages that mapping rules drop.", "dropped");
  counter("twins_dead_letters_total", "Events that became dead letters.", () => one(read().pump.dead));
  gauge("twins_dead_letters", "Dead letters that are kept.", () => one(deadLetters.count()));
  const repair = (name: string, help: string, pick: keyof ReturnType<typeof read>["repair"]) =>
    counter(`twins_repair_${name}_total`, help, () => one(read().repair[pick]));
  repair("runs", "Comparisons of all twins with the twin service.", "runs");
  repair("failed_runs", "Of these, broken off by an error.", "failed");
  repair("mended", "Differences that were mended; events had missed them.", "mended");
}

function writeGauges({ ingestMetrics: read }: TwinServices, { gauge, counter }: Add): void {
  type Counts = NonNullable<ReturnType<typeof read>["writeThrough"]>;
  const write = (name: string, help: string, pick: keyof Counts) =>
    counter(`twins_write_through_${name}_total`, help, () => one(read().writeThrough?.[pick]));
  write("patches", "Patches that brought device values to the twin service.", "patches");
  write("values", "Values in these patches.", "values");
  write("coalesced_values", "Values that a newer one overtook while they waited.", "coalesced");
  write("retried_patches", "Patches that failed and wait again.", "retried");
  write("throttled_patches", "Of these, because the service throttles (429).", "throttled");
  write("refused_values", "Values that the service will never take.", "refused");
  const waiting = () => one(read().writeThrough?.waiting);
  gauge("twins_write_through_waiting_twins", "Twins that wait for a patch.", waiting);
  const rate = () => one(read().writeThrough?.rate);
  gauge("twins_write_through_limit_patches_per_second", "Patches a second that are allowed now.", rate);
}

function providerGauges({ providerCalls: calls }: TwinServices, { counter }: Add): void {
  const labels = ["operation", "outcome"];
  const read = (pick: "calls" | "seconds") => () =>
    calls().map(({ operation, outcome, ...count }): Sample => [{ operation, outcome }, count[pick]]);
  counter("twins_provider_calls_total", "Calls of the twin service, by how they ended.", read("calls"), labels);
  counter("twins_provider_call_seconds_total", "Time that these calls took.", read("seconds"), labels);
  const throttled = () => calls().reduce((sum, c) => sum + (c.outcome === "RATE_LIMITED" ? c.calls : 0), 0);
  counter("twins_provider_throttled_total", "Calls that the service throttled (429).", () => one(throttled()));
}

/** Each operation counts once in every status that it reaches. */
function controlGauges({ control, alarms }: TwinServices, { gauge, counter }: Add): void {
  const reached = new Map<string, [Record<string, string>, number]>();
  control.onOperation((_id, view) => {
    if (view !== undefined) {
      const { kind, status } = view;
      const key = `${kind} ${status}`;
      reached.set(key, [{ kind, status }, (reached.get(key)?.[1] ?? 0) + 1]);
    }
  });
  const help = "Operations that reached a status: property writes and commands of people.";
  counter("twins_operations_total", help, () => [...reached.values()], ["kind", "status"]);
  const severities = ["info", "warning", "critical"] as const;
  const active = (severity: string) => [...alarms.list()].filter((a) => a.severity === severity && !a.cleared).length;
  gauge("twins_alarms", "Alarms that are active.", () => severities.map((s) => [{ severity: s }, active(s)]), [
    "severity",
  ]);
}

/** Named as prom-client names them, so that common dashboards show them. */
function processGauges({ gauge, counter }: Add): void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  gauge(
    "nodejs_eventloop_delay_seconds",
    "Delay of the event loop since the last scrape.",
    () => {
      const at = (p: number) => (delay.count > 0 ? delay.percentile(p) / NANOSECONDS : 0);
      const samples: Sample[] = [50, 99, 100].map((p) => [{ quantile: String(p / 100) }, at(p)]);
      delay.reset();
      return samples;
    },
    ["quantile"],
  );
  const memory = () => process.memoryUsage();
  gauge("process_resident_memory_bytes", "Resident memory.", () => one(memory().rss));
  gauge("nodejs_heap_size_used_bytes", "Used heap.", () => one(memory().heapUsed));
  gauge("nodejs_heap_size_total_bytes", "Heap.", () => one(memory().heapTotal));
  gauge("nodejs_external_memory_bytes", "Memory outside of the heap.", () => one(memory().external));
  const cpu = () => process.cpuUsage().user + process.cpuUsage().system;
  counter("process_cpu_seconds_total", "User and system CPU time.", () => one(cpu() / MICROSECONDS));
  gauge("process_start_time_seconds", "Start of the process, seconds since epoch.", () =>
    one(performance.timeOrigin / 1000),
  );
}
