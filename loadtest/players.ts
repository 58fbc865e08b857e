/**
 * `npm run loadtest -- [--url URL] [--players N] [--seconds S] [--space ID]`: players who join a running server on this
 * machine and watch, in this one process. Says how long joining took, what arrived, and who was lost. Ends by itself.
 */
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ColyseusSDK, type Room } from "@colyseus/sdk";
import { percentile } from "./percentile.ts";

const HELP = `npm run loadtest -- [options]        against a server that runs: npm start

  --url URL       default http://127.0.0.1:2567; this machine only
  --players N     default 100, at most 2000
  --seconds S     how long they watch; default 30, at most 600
  --space ID      default: the first space
`;
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);
/** Joins under way at once; more would measure the queue. */
const AT_ONCE = 20;

interface Options {
  url: string;
  players: number;
  seconds: number;
  space: string | undefined;
}

class Tally {
  readonly joins: number[] = [];
  readonly rooms: Room[] = [];
  patches = 0;
  lost = 0;
  refused = 0;
}

function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      url: { type: "string", default: "http://127.0.0.1:2567" },
      players: { type: "string", default: "100" },
      seconds: { type: "string", default: "30" },
      space: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    return undefined;
  }
  if (!URL.canParse(values.url) || !LOOPBACK.has(new URL(values.url).hostname)) {
    throw new Error(`--url ${values.url}: expected the URL of a server on this machine, such as http://127.0.0.1:2567`);
  }
  const players = within("--players", values.players, 2000);
  return { url: values.url, players, seconds: within("--seconds", values.seconds, 600), space: values.space };
}

function within(option: string, text: string, most: number): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1 || n > most) {
    throw new Error(`${option} ${text}: expected a whole number from 1 to ${most}`);
  }
  return n;
}

async function join(o: Options, n: number, tally: Tally): Promise<void> {
  const begun = performance.now();
  try {
    const place = o.space === undefined ? {} : { space: o.space };
    const room = await new ColyseusSDK(o.url).joinOrCreate("space", { name: `load ${n}`, ...place });
    await new Promise<void>((resolve) => room.onStateChange.once(() => resolve()));
    tally.joins.push(performance.now() - begun);
    tally.rooms.push(room);
    room.onStateChange(() => tally.patches++);
    room.onDrop(() => tally.lost++);
  } catch (error) {
    tally.refused++;
    console.error(`player ${n}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function run(o: Options): Promise<void> {
  const tally = new Tally();
  const waiting = Array.from({ length: o.players }, (_, n) => n);
  const joinNext = async () => {
    for (let n = waiting.shift(); n !== undefined; n = waiting.shift()) {
      await join(o, n, tally);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, joinNext));
  if (tally.rooms.length === 0) {
    throw new Error(`nobody could join ${o.url}; does the server run (npm start)?`);
  }
  const ms = (p: number) => percentile(tally.joins, p).toFixed(0);
  console.log(`${tally.rooms.length} of ${o.players} joined; join p50 ${ms(0.5)} ms, p99 ${ms(0.99)} ms`);
  tally.patches = 0;
  for (let second = 0; second < o.seconds; second++) {
    await delay(1000);
    process.stderr.write(`\r${second + 1} of ${o.seconds} s, ${tally.patches} patches, ${tally.lost} lost `);
  }
  const rate = tally.patches / o.seconds / Math.max(1, tally.rooms.length);
  console.log(`\n${rate.toFixed(1)} patches a second for each player; ${tally.lost} lost, ${tally.refused} refused`);
  await Promise.all(tally.rooms.map((room) => room.leave()));
  process.exitCode = tally.lost + tally.refused > 0 ? 1 : 0;
}

try {
  const options = readOptions();
  await (options === undefined ? console.log(HELP) : run(options));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
