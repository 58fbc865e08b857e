/** `npm run docs:config`: writes docs/configuration.md from the schema of src/config.ts. A test fails while it is stale. */
import { writeFileSync } from "node:fs";
import { SETTINGS, type Setting } from "../src/config.ts";

const FILE = new URL("../docs/configuration.md", import.meta.url);

const HEAD = `# Configuration

All settings are environment variables, read once at the start. An empty value counts as not set. A value that cannot be used ends the start; every bad key is reported at once, with what was expected. Keys inside connection strings are never printed.

\`\`\`sh
PORT=2600 LOG_LEVEL=debug npm start
\`\`\`

Without \`AZURE_DIGITALTWINS_URL\` the embedded cloud runs with the demo plant ([EMULATOR.md](../emulator/EMULATOR.md)); with it, the same server uses Azure ([azure.md](azure.md)). In code, \`loadConfig(process.env)\` gives the same settings as a frozen object; it throws a \`ConfigError\` whose \`problems\` has one line per bad key.`;

const ARGUMENTS = `One thing is an argument, not a variable: \`npm start -- --memory\` keeps nothing on disk and ignores \`DATA_DIR\`.`;

const SECTIONS: Record<Setting["section"], string> = {
  "The server": "",
  "The cloud": "",
  Spaces: `A space is a twin that contains others by one of the relationships below; its members are itself and what it contains, at any depth. Any number of names, separated by commas; what you give replaces the default list.`,
  "Sign-in and rights": `[sign-in.md](sign-in.md) goes through it step by step. Without sign-in only the demo can be written to, and the server listens on this machine only.`,
  Limits: `Who meets one is told \`RATE_LIMITED\`; over REST that is status 429 with \`Retry-After\` in seconds. Two limits are no settings: a room takes 1 MiB a second of one client, and messages of up to 512 KiB; a larger one is refused with \`INVALID_PAYLOAD\`, and one of more than 2 MiB ends the connection (code 1009). In a game's own server they are the game's ([plugins.md](plugins.md#what-it-does-to-the-room)).`,
};

export function configurationDocument(): string {
  const rows = SETTINGS.map((s) => `| [\`${s.key}\`](#${s.key.toLowerCase()}) | ${s.short ?? s.default} |`);
  const table = ["| key | default |", "|---|---|", ...rows].join("\n");
  const sections = Object.entries(SECTIONS).flatMap(([title, intro]) => [
    `## ${title}`,
    ...(intro === "" ? [] : [intro]),
    ...SETTINGS.filter(({ section }) => section === title).map(settingText),
  ]);
  return `${[HEAD, table, ARGUMENTS, ...sections].join("\n\n")}\n`;
}

function settingText({ key, description, default: standard, examples }: Setting): string {
  const lines = [`- Default: ${standard}`, ...examples.map((value) => `- Example: \`${key}=${value}\``)];
  return `### \`${key}\`\n\n${description}\n\n${lines.join("\n")}`;
}

if (import.meta.main) {
  writeFileSync(FILE, configurationDocument());
}
