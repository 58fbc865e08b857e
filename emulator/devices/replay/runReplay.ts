/** `npm run replay` from its arguments to its exit code. The entry (../replay.ts) gives it the process. */
import { basename, resolve } from "node:path";
import { HubSender } from "./HubSender.ts";
import { type Mapping, readMapping } from "./mapping.ts";
import { parseOptions, type ReplayOptions, USAGE } from "./options.ts";
import { count, Progress, type ProgressOutput } from "./Progress.ts";
import { timeParser } from "./parseTime.ts";
import { Replay, type Skip } from "./replayFiles.ts";
import { openRows } from "./rows.ts";
import { findTarget } from "./target.ts";
import { UserError } from "./UserError.ts";

export interface ReplayProcess {
  args: string[];
  environment: Readonly<Record<string, string | undefined>>;
  out: ProgressOutput;
  err: ProgressOutput;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** Bad rows that are explained one by one; the others are only counted. */
const EXPLAINED = 20;
const CLOSE_MS = 1500;

/** Exit code: 0 when it ran to its end or was interrupted, 1 when it could not. Never rejects for what a person can mend. */
export async function runReplay(process: ReplayProcess): Promise<number> {
  try {
    const options = parseOptions(process.args);
    if (options === "help") {
      process.out.write(USAGE);
      return 0;
    }
    return await replay(options, process);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.err.write(`${error.message}\n`);
    return 1;
  }
}

async function replay(options: ReplayOptions, { environment, out, err, signal }: ReplayProcess): Promise<number> {
  const fromHere = (path: string) => resolve(environment["INIT_CWD"] ?? ".", path);
  const mapping = readMapping(options.map, fromHere);
  checkFormat(mapping);
  const files = options.files.map(fromHere);
  for (const it of files) openRows(it, { columns: [] });
  const sender = new HubSender(findTarget(options, environment));
  const progress = new Progress(err);
  const run = new Replay({
    options: { ...options, files },
    mapping,
    send: (deviceId, reports) => sender.send(deviceId, reports, signal),
    onProgress: (standing) => progress.update(standing),
    onSkip: (skip) => explain(skip, run.skips.length, files.length > 1, progress),
    signal,
  });
  try {
    await sender.connect(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    await run.run();
    progress.clear();
    out.write(`${summary(run.sent, run.skips, files.length > 1)}\n`);
    return 0;
  } catch (error) {
    progress.clear();
    if (run.sent > 0) out.write(`${summary(run.sent, run.skips, files.length > 1)}\n`);
    throw error;
  } finally {
    await bounded(sender.close());
  }
}

function checkFormat(mapping: Mapping): void {
  try {
    timeParser(mapping.time.format, "UTC");
  } catch {
    throw new UserError(`The mapping's time format "${mapping.time.format}" is not understood; see docs/replay.md.`);
  }
}

function explain(skip: Skip, nth: number, withFile: boolean, progress: Progress): void {
  if (nth <= EXPLAINED) {
    const file = withFile ? `${basename(skip.file)} ` : "";
    progress.line(`${file}${skip.unit} ${skip.number} skipped: ${skip.problem}`);
  } else if (nth === EXPLAINED + 1) progress.line("further bad rows are counted, not listed");
}

/** "20,560 rows sent, 3 skipped (lines 4, 17, 20)" */
export function summary(sent: number, skips: readonly Skip[], withFile: boolean): string {
  const rows = `${count(sent)} ${sent === 1 ? "row" : "rows"} sent, ${count(skips.length)} skipped`;
  if (skips.length === 0) return rows;
  const listed = skips
    .slice(0, EXPLAINED)
    .map((it) => (withFile ? `${basename(it.file)}:${it.number}` : `${it.number}`));
  const more = skips.length > EXPLAINED ? ` and ${count(skips.length - EXPLAINED)} more` : "";
  const unit = `${skips[0]?.unit ?? "line"}${skips.length === 1 ? "" : "s"}`;
  return `${rows} (${unit} ${listed.join(", ")}${more})`;
}

async function bounded(closing: Promise<void>): Promise<void> {
  const limit = new Promise<void>((done) => setTimeout(done, CLOSE_MS).unref());
  await Promise.race([closing.catch(() => {}), limit]);
}
