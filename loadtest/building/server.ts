/**
 * The demo's server under the building bench, and what only it can count. 429s are counted where they are answered, below
 * the SDK, which repeats what is refused without a word.
 */
import { channel } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";

export interface Counts {
  refusals: number;
  twins: number;
}

let refusals = 0;
channel("http.client.response.finish").subscribe((message) => {
  const { response } = message as { response: IncomingMessage };
  refusals += response.statusCode === 429 ? 1 : 0;
});
const app = await createApp(loadConfig(process.env));
await app.ready;
process.on("message", () => process.send?.({ counts: { refusals, twins: [...app.services.mirror.twins()].length } }));
process.once("disconnect", () => process.exit(0)); // the bench is gone
process.send?.({ url: app.url });
