/** A server under a fault run: `npm start` without its page. Tells its URL when it listens; SIGTERM ends it as it ends that. */
import { createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";

const app = await createApp(loadConfig(process.env));
process.once("disconnect", () => process.exit(0)); // the run is gone
process.once("SIGTERM", () => void app.close().then(() => process.exit(0)));
process.send?.({ url: app.url });
