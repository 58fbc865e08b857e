/**
 * `npm run replay -- --explain MESSAGE.json [--rules FILE]`: which rule of the mapping file makes what of one message, and
 * why the others do not. Needs no server: models and twins are not asked.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { MessageRules, type MessageTarget, type RuleTrace } from "../ingest/mapping/MessageRules.ts";
import { parseRuleFile, RuleFileError } from "../ingest/mapping/ruleFile.ts";
import { decode } from "../providers/azure/decode.ts";
import type { TwinEvent } from "../twins/types.ts";
import { boundedTime } from "../twins/valueTime.ts";

export interface ExplainProcess {
  args: string[];
  environment: Readonly<Record<string, string | undefined>>;
  out: { write(text: string): unknown };
  err: { write(text: string): unknown };
}

/** As a message stands in a hub. A file without these members is the body alone. */
const envelope = z.strictObject({
  body: z.unknown(),
  properties: z.record(z.string(), z.unknown()).default({}),
  systemProperties: z.record(z.string(), z.unknown()).default({}),
});

/** Something that the person at the keyboard can mend. */
class Unusable extends Error {}

/** Exit code. */
export async function explainMessage({ args, environment, out, err }: ExplainProcess): Promise<number> {
  try {
    const fromHere = (path: string) => resolve(environment["INIT_CWD"] ?? ".", path);
    const o = options(args, environment);
    const event = readMessage(fromHere(o.message), o.device);
    const rules = new MessageRules(
      o.rules === undefined
        ? { rules: [], otherwise: "convention" }
        : parseRuleFile(readText(fromHere(o.rules)), o.rules),
    );
    out.write(await explain(rules, event));
    return 0;
  } catch (error) {
    if (error instanceof Unusable || error instanceof RuleFileError) {
      err.write(`${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

/** What people read: a line per rule, and per value that it made. */
export async function explain(rules: MessageRules, event: TwinEvent): Promise<string> {
  const lines = [`message of ${event.subject === "" ? "no device that it names" : `device ${event.subject}`}`];
  const steps: RuleTrace[] = [];
  const targets = await rules.apply(event, (step) => steps.push(step)); // a step's target is whole when all is computed
  lines.push(...steps.flatMap((step) => told(step, event)));
  for (const target of targets.filter(({ rule }) => rule === undefined)) {
    lines.push("by convention", ...values(target, event));
  }
  if (targets.length === 0) {
    lines.push(
      rules.dropsOthers ? "dropped: no rule matches" : "a dead letter: no rule matches, and it names no device",
    );
  }
  return `${lines.join("\n")}\n`;
}

function told({ rule, not, target }: RuleTrace, event: TwinEvent): string[] {
  return not === undefined
    ? [`rule "${rule}" matches`, ...(target ? values(target, event) : [])]
    : [`rule "${rule}" does not: ${not}`];
}

function values({ twinId, data, time, rule, refused = [] }: MessageTarget, event: TwinEvent): string[] {
  const base = data.component === undefined ? "" : `/${data.component}`;
  const iso = (ms: number) => new Date(boundedTime(ms, event.enqueuedAt)).toISOString(); // as it counts
  const at = rule === undefined ? event.time : time;
  return [
    ...(at === undefined ? [] : [`  time ${iso(at)}`]),
    ...Object.entries(data.values).map(([name, value]) => {
      const own = data.times?.[`${base}/${name}`];
      return `  ${twinId} ${base}/${name} = ${JSON.stringify(value)}${own === undefined ? "" : `, of ${iso(own)}`}`;
    }),
    ...refused.map(({ path, reason }) => `  ${twinId} ${base}${path}: a dead letter, ${reason}`),
  ];
}

function options(args: string[], environment: ExplainProcess["environment"]) {
  try {
    const text = { type: "string" } as const;
    const { values: v } = parseArgs({ args, options: { explain: text, rules: text, device: text } });
    return { message: v.explain ?? "", rules: v.rules ?? environment["MAPPING_FILE"], device: v.device };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Unusable(`${why}\nnpm run replay -- --explain MESSAGE.json [--rules MAPPING.json] [--device ID]`);
  }
}

function readMessage(path: string, device: string | undefined): TwinEvent {
  const json = readJson(path);
  const parsed = envelope.safeParse(json);
  const isEnvelope = parsed.success && parsed.data.body !== undefined;
  const { body, properties, systemProperties } = isEnvelope
    ? parsed.data
    : { body: json, properties: {}, systemProperties: {} };
  const now = Date.now();
  const decoded = decode({
    body: Buffer.from(JSON.stringify(body)),
    properties,
    systemProperties: {
      ...systemProperties,
      contentEncoding: undefined, // the file has the body unpacked
      ...(device === undefined ? {} : { "iothub-connection-device-id": device }),
    },
    source: "explain",
    position: { partition: "0", sequence: 0, generation: "" },
    enqueuedAt: now,
    receivedAt: now,
  });
  if (decoded === undefined || "reason" in decoded || decoded.type !== "telemetry.received") {
    const why = decoded !== undefined && "reason" in decoded ? decoded.reason : "It holds no values of a device.";
    throw new Unusable(`${path} is no message that rules are for. ${why}`);
  }
  return decoded;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readText(path));
  } catch (error) {
    throw error instanceof Unusable ? error : new Unusable(`${path} is not JSON: ${(error as Error).message}`);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\ufeff/, "");
  } catch (error) {
    throw new Unusable(`${path} cannot be read: ${(error as Error).message}`);
  }
}
