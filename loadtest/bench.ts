/**
 * `npm run bench -- NAME … [--json]`: runs benchmarks side by side with the peer and the floor that each names, and prints
 * what was measured. With --json only an array of rows. `ok` is measured, never assumed.
 */
import { parseArgs } from "node:util";

/** One figure. `ratio` is value / peerValue; `goal` is what the ratio or the value is held against, in words. */
export interface BenchRow {
  name: string;
  value: number;
  unit: string;
  peer: string;
  peerValue: number;
  ratio: number;
  goal: string;
  ok: boolean;
}

const BENCHES: Record<string, () => Promise<{ bench(): Promise<BenchRow[]> }>> = {
  main: () => import("./main.ts"),
  adt: () => import("./adt.ts"),
  placements: () => import("./placements.ts"),
  building: () => import("./building.ts"),
  rooms: () => import("./rooms.ts"),
  dtdl: () => import("./dtdl.ts"),
  "adt-query": () => import("./adtQuery.ts"),
  eventhubs: () => import("./eventhubs.ts"),
  ingest: () => import("./ingest.ts"),
  web: () => import("./web.ts"),
  control: () => import("./control.ts"),
  iothub: () => import("./iothub.ts"),
  policy: () => import("./policy.ts"),
  rest: () => import("./rest.ts"),
};

const HELP = `Usage: npm run bench -- [NAME …] [--json]

  NAME     ${Object.keys(BENCHES).join(", ")}; all of them without a name, which takes minutes
  --json   only an array of rows
  --help   this text
`;

async function run(): Promise<number> {
  const options = { json: { type: "boolean" }, help: { type: "boolean" } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = positionals.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) {
    console.error(`There is no benchmark ${unknown.join(", ")}; there are ${Object.keys(BENCHES).join(", ")}.`);
    return 2;
  }
  const rows: BenchRow[] = [];
  let failed = 0;
  for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHES)) {
    try {
      rows.push(...((await (await BENCHES[name]?.())?.bench()) ?? []));
    } catch (error) {
      failed++; // the others' figures are not lost with it
      console.error(`${name} could not be measured: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  console.log(values.json ? JSON.stringify(rows, null, 1) : rows.map(line).join("\n"));
  return failed === 0 && rows.every((row) => row.ok) ? 0 : 1;
}

function line(row: BenchRow): string {
  const peer = `${row.peer} ${round(row.peerValue)} ${row.unit}, ratio ${round(row.ratio)}`;
  return `${row.ok ? "ok  " : "MISS"} ${row.name}: ${round(row.value)} ${row.unit}   (${peer}; goal: ${row.goal})`;
}

function round(n: number): string {
  return Number.isFinite(n) ? String(Number(n.toPrecision(3))) : "–";
}

process.exit(
  await run().catch((error: unknown) => {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }),
);
