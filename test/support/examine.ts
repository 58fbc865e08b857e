// `doctor` as somebody runs it: what it printed, its exit code, and the settings of an embedded cloud for it.
import assert from "node:assert/strict";
import type { Emulator } from "../../emulator/index.ts";
import { doctor } from "../../src/cli/doctor.ts";

type Env = Record<string, string>;

export const settingsOf = ({ adtUrl, connectionString, hubs }: Emulator): Env => ({
  AZURE_DIGITALTWINS_URL: adtUrl,
  AZURE_EVENTHUBS_NOTIFICATIONS: `${connectionString};EntityPath=${hubs.notifications}`,
  AZURE_EVENTHUBS_TELEMETRY: `${connectionString};EntityPath=${hubs.telemetry}`,
});

export async function examined(env: Env, args: string[] = [], now = Date.now): Promise<{ code: number; text: string }> {
  const said: string[] = [];
  const code = await doctor(args, env, { out: (t) => said.push(t), error: (t) => said.push(t) }, { now });
  return { code, text: said.join("\n") };
}

/** Exit code 1, this is the one thing that is wrong, and how to mend it. */
export async function finds(env: Env, found: RegExp, o: { args?: string[]; now?: () => number; cure?: RegExp } = {}) {
  const { code, text } = await examined(env, o.args, o.now);
  assert.equal(code, 1, text);
  const wrong = text.split("\n").filter((line) => line.startsWith("FAIL"));
  assert.equal(wrong.length, 1, text);
  assert.match(wrong[0] ?? "", found);
  assert.match(text, /FAIL.*\n {6}→ \S/, "and how to mend it");
  if (o.cure !== undefined) {
    assert.match(/FAIL.*\n( {6}→ .*)/.exec(text)?.[1] ?? "", o.cure);
  }
}
