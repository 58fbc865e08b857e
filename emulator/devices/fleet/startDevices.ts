/**
 * The simulated devices of the demo plant: a clock that advances the physics and reports what changed to the IoT Hub, each
 * device over a connection of its own. Pumps and valves obey desired properties and commands (Fleet); rooms and the doser
 * read their set-points from the twins, as devices behind a gateway would. Started by the composition root in the demo.
 */
import { setTimeout as delay } from "node:timers/promises";
import { clamp, happens, type Random } from "../physics/math.ts";
import { measure } from "../simulation/instruments.ts";
import { DESIRED, OBEYING } from "../simulation/layout.ts";
import { newPlantState, type PlantState } from "../simulation/plantState.ts";
import { type FieldValue, type Reading, readPlant } from "../simulation/readings.ts";
import { runMethod } from "../simulation/runMethod.ts";
import { advancePlant } from "../simulation/stepPlant.ts";
import type { DeviceLog } from "./DeviceLog.ts";
import { Fleet } from "./Fleet.ts";
import type { DeviceHub } from "./MqttDevice.ts";
import { ReportFilter } from "./ReportFilter.ts";
import { SetpointBoard } from "./SetpointBoard.ts";
import { subscribeSetpoints } from "./subscribeSetpoints.ts";

export interface DevicesOptions {
  iotHub: DeviceHub;
  /** Where the twin service's notifications are. */
  connectionString: string;
  notificationHub: string;
  /** Of the notification hub; nobody else may use it. Default "devices". */
  consumerGroup?: string;
  /** The twin as the service has it, flat as Azure's JSON or with `properties`; for set-points at the start and for those whose news got lost. */
  readTwin?: (id: string) => Promise<object | undefined>;
  log: DeviceLog;
  clock?: () => number;
  /** Uniform in [0, 1); give a seeded one for the same day twice. */
  random?: Random;
  /** Between two steps; each device reports at every second one. Default 1000. */
  intervalMs?: number;
  /** Plant seconds per second. Default 1. */
  speed?: number;
}

/** Longest pause that is caught up; a laptop that slept does not replay its night. */
const LONGEST_PAUSE_MS = 5000;
/** Somewhere in the plant an instrument falls silent every ten minutes, for half a minute. */
const SILENCE_RATE = 1 / 600;
const SILENCE_MS = 30_000;
const CLOSE_MS = 1900;
/** Those that read their set-points from the twins. */
const READING = OBEYING.filter((id) => !DESIRED.has(id));

/** Resolves once the first set-points are known and the plant runs. `close` ends within 2 s and never rejects. */
export async function startDevices(options: DevicesOptions): Promise<{ close(): Promise<void> }> {
  const { clock = Date.now, random = Math.random, intervalMs = 1000, log } = options;
  const board = new SetpointBoard(random);
  const subscription = subscribeSetpoints({
    connectionString: options.connectionString,
    hub: options.notificationHub,
    consumerGroup: options.consumerGroup ?? "devices",
    log,
    onChange: (twinId, values) => DESIRED.has(twinId) || board.hear(twinId, values, clock()),
  });
  const reread = (id: string, when: "soon" | "at once") => readSetpoints(options.readTwin, board, id, clock, when);
  await Promise.all(OBEYING.map((id) => reread(id, "at once")));
  const fleet = new Fleet({
    hub: options.iotHub,
    board,
    log,
    clock,
    onMethod: (deviceId, name) => plant.run(deviceId, name),
  });
  const plant = new RunningPlant({ board, fleet, clock, random, speed: options.speed ?? 1 });
  let ticks = 0;
  const timer = setInterval(() => {
    plant.tick();
    // What changed between the first reading and the first notification, or during an outage, is found by asking again.
    const ids = ticks === 3 ? READING : [READING[ticks % READING.length] ?? ""];
    for (const id of ids) void reread(id, "soon");
    ticks++;
  }, intervalMs);
  log.info({ twins: new Set(readPlant(plant.state).map((it) => it.deviceId)).size }, "simulated devices report");
  return {
    close: async () => {
      clearInterval(timer);
      const closing = Promise.allSettled([subscription.close(), fleet.close()]);
      await Promise.race([closing, delay(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}

/** A reading that was overtaken by a notification is ignored. A service that does not answer changes nothing. */
async function readSetpoints(
  readTwin: DevicesOptions["readTwin"],
  board: SetpointBoard,
  id: string,
  clock: () => number,
  when: "soon" | "at once",
): Promise<void> {
  const asked = clock();
  const twin = await readTwin?.(id).catch(() => undefined);
  if (twin === undefined || board.heardAt(id) >= asked) return;
  const { properties } = twin as { properties?: object };
  board.hear(id, { ...twin, ...properties }, clock(), when);
}

interface RunningPlantOptions {
  board: SetpointBoard;
  fleet: Fleet;
  clock: () => number;
  random: Random;
  speed: number;
}

class RunningPlant {
  state: PlantState;
  readonly #o: RunningPlantOptions;
  readonly #filter = new ReportFilter();
  readonly #silentUntil = new Map<string, number>();
  #last: number;
  #ticks = 0;

  constructor(options: RunningPlantOptions) {
    this.#o = options;
    this.#last = options.clock();
    // One step, so that flows and pressures are settled before the first report.
    this.state = advancePlant(newPlantState(options.board.get), options.board.get, options.random, 0.1);
  }

  /** A command, as a direct method. */
  run(deviceId: string, name: string): { status: number; payload?: unknown } {
    const { state, ...answer } = runMethod(this.state, deviceId, name);
    this.state = state;
    return answer;
  }

  tick(): void {
    const { board, clock, fleet, random, speed } = this.#o;
    const now = clock();
    board.advance(now);
    fleet.reportSetpoints();
    const seconds = clamp(now - this.#last, 0, LONGEST_PAUSE_MS) / 1000;
    this.state = advancePlant(this.state, board.get, random, seconds * speed);
    const readings = readPlant(this.state);
    this.#silence(readings, seconds, now);
    const order = new Map([...new Set(readings.map((it) => it.deviceId))].map((id, i) => [id, i]));
    for (const it of readings) {
      const turn = ((order.get(it.deviceId) ?? 0) + this.#ticks) % 2 === 0;
      if ((turn || this.#ticks === 0) && !this.#silentUntil.has(it.deviceId)) this.#report(it, now);
    }
    this.#last = now;
    this.#ticks++;
  }

  #report(reading: Reading, now: number): void {
    const measured: [string, FieldValue][] = Object.entries(reading.fields).map(([name, value]) => [
      name,
      measure(name, value, this.#o.random),
    ]);
    const values = this.#filter.select({ ...reading, fields: Object.fromEntries(measured) }, now);
    if (values === undefined) return;
    const { deviceId, component, modelId } = reading;
    this.#o.fleet.put({ deviceId, modelId, time: now, values, ...(component === undefined ? {} : { component }) });
  }

  #silence(readings: readonly Reading[], seconds: number, now: number): void {
    for (const [id, until] of this.#silentUntil) if (until <= now) this.#silentUntil.delete(id);
    if (!happens(SILENCE_RATE, seconds, this.#o.random)) return;
    const unlucky = readings[Math.floor(this.#o.random() * readings.length)];
    if (unlucky !== undefined) this.#silentUntil.set(unlucky.deviceId, now + SILENCE_MS);
  }
}
