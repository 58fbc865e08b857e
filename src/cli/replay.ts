/**
 * Entry of `npm run replay`: recorded measurements into the telemetry hub (docs/replay.md), or, with `--explain`, what the
 * mapping rules make of one message (docs/mapping.md). Ctrl-C ends it with its count.
 */
import { explainMessage } from "./explainMessage.ts";

const { stdout: out, stderr: err, env: environment } = process;
const args = process.argv.slice(2);
if (args.includes("--explain")) {
  process.exitCode = await explainMessage({ args, environment, out, err });
} else {
  await import("../../emulator/devices/replay.ts");
}
