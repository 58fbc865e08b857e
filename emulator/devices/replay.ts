/** Entry of `npm run replay`: recorded measurements into the telemetry hub (docs/replay.md). Ctrl-C ends it with its count. */
import { onStopSignal } from "../onStopSignal.ts";
import { runReplay } from "./replay/runReplay.ts";

const interrupt = new AbortController();
onStopSignal(() => interrupt.abort());

const { stdout: out, stderr: err, env: environment } = process;
const code = await runReplay({ args: process.argv.slice(2), environment, out, err, signal: interrupt.signal });
process.exit(code);
