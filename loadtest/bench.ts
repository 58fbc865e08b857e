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
  placements: () => import("./placements.ts"),
  rooms: () => import("./rooms.ts"),
  dtdl: () => import("./dtdl.ts"),
};

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { json: { type: "boolean" } }, allowPositionals: true });
  const unknown = positionals.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) {
    console.error(`no benchmark ${unknown.join(", ")}; there are ${Object.keys(BENCHES).join(", ")}`);
    return 2;
  }
  const rows: BenchRow[] = [];
  for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHES)) {
    const load = BENCHES[name];
    if (load) {
      rows.push(...(await (await load()).bench()));
    }
  }
  console.log(values.json ? JSON.stringify(rows, null, 1) : rows.map(line).join("\n"));
  return rows.every((row) => row.ok) ? 0 : 1;
}

function line(row: BenchRow): string {
  const peer = `${row.peer} ${round(row.peerValue)} ${row.unit}, ratio ${round(row.ratio)}`;
  return `${row.ok ? "ok  " : "MISS"} ${row.name}: ${round(row.value)} ${row.unit}   (${peer}; goal: ${row.goal})`;
}

function round(n: number): string {
  return Number.isFinite(n) ? String(Number(n.toPrecision(3))) : "–";
}

process.exit(await run());
