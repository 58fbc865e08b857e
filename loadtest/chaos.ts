/** `npm run chaos -- ingest [--seed N] [--events N] [--seconds N] …`: a fault run; exit code 0 when nothing differs. */
import { parseArgs } from "node:util";
import { ingestChaos } from "./chaos/ingestChaos.ts";

const USAGE = `npm run chaos -- ingest [--seed N] [--events N] [--seconds N] [--pumps N] [--steal N] [--settle N]

  --events   messages of the devices, 1,000,000
  --seconds  over which they are sent, with faults all the while; default: events / 1,400, which is 12 minutes
  --steal    seconds between visits of a second server that takes partitions, 20; 0: none
  --settle   seconds that it may take until everything is right, 180`;

const text = { type: "string" } as const;
const { values, positionals } = parseArgs({
  options: { seed: text, events: text, seconds: text, pumps: text, settle: text, steal: text },
  allowPositionals: true,
});
if (positionals.length !== 1 || positionals[0] !== "ingest") {
  console.error(USAGE);
  process.exit(2);
}
const number = (given: string | undefined, otherwise: number) => (given === undefined ? otherwise : Number(given));
const seed = number(values.seed, Date.now() % 1_000_000);
const events = number(values.events, 1_000_000);
console.log(`seed ${seed}`);
const report = await ingestChaos({
  seed,
  events,
  seconds: number(values.seconds, Math.max(30, events / 1400)),
  pumps: number(values.pumps, 500),
  killEvery: 8,
  stealEvery: number(values.steal, 20),
  cutFor: 60,
  settleSeconds: number(values.settle, 180),
  print: console.log,
});
const { differences, crashes, ...rest } = report;
console.log(JSON.stringify({ ...rest, crashes, differences: differences.length }, null, 1));
for (const difference of differences.slice(0, 50)) {
  console.log(difference);
}
process.exit(differences.length === 0 && crashes === 0 ? 0 : 1);
