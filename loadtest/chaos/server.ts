/** The server under a fault run: `npm start` without its page. Prints its URL when it listens, `live` when events arrive. */
import { createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";

const app = await createApp(loadConfig(process.env));
process.send?.({ url: app.url });
await app.ready;
process.send?.({ live: true });
process.once("disconnect", () => process.exit(0)); // the run is gone
