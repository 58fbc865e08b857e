/** What `npm start` prints: where it is and what to try once a player could join, what it waits for until then. Pure; called by main.ts. */
import type { App } from "../app.ts";
import type { Config } from "../config.ts";

export function welcome(app: App, config: Config): string {
  const { spaces, mirror } = app.services;
  const [first] = spaces.list();
  const source = config.azure === undefined ? "the embedded cloud" : config.azure.digitalTwinsUrl;
  return `
  ${mirror.size} twins in ${spaces.list().length} spaces, from ${source}.

  Open     ${app.url}
${config.azure === undefined ? demo(app.url, first?.id ?? "") : readOnly}
`;
}

/** The page is there before the twins are. */
export function stillLoading(app: App, config: Config): string {
  return `
  No twins yet from ${config.azure?.digitalTwinsUrl ?? "the embedded cloud"}: it is asked again until it answers.

  Open     ${app.url}
  Reason   ${app.url}/health
  Stop     Ctrl-C
`;
}

const readOnly = `
  Without sign-in a real Azure Digital Twins instance is read-only here, on this machine only.`;

function demo(url: string, space: string): string {
  return `  Try      join as operator, pick a pump in ${space}, change its speed set-point, and see it follow
           open the page a second time: both show the same
           join as builder, place a twin, move it, restart: it is still there
  REST     ${url}/api/v1/twins      all of it: ${url}/api/v1/openapi.json
  Replay   npm run replay -- FILE --map MAPPING      real telemetry into a real office room
  Stop     Ctrl-C`;
}
