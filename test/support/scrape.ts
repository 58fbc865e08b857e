// Prometheus' text format, read as a scraper does: every series, and the HELP and TYPE of every name.
import assert from "node:assert/strict";

export interface Figures {
  /** Name of the metric → its HELP text. */
  help: ReadonlyMap<string, string>;
  names: ReadonlySet<string>;
  /** Over all series of that name whose labels contain these; 0 when there is none. */
  sum(name: string, labels?: Record<string, string>): number;
}

const LINE = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/;

export async function scrape(server: string, token?: string): Promise<Figures> {
  const response = await fetch(`${server}/metrics`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  return read(text);
}

function read(text: string): Figures {
  const help = new Map<string, string>();
  const series: { name: string; labels: Record<string, string>; value: number }[] = [];
  for (const line of text.split("\n").filter((l) => l !== "")) {
    const [, named, told] = /^# HELP (\w+) (.+)$/.exec(line) ?? [];
    if (named !== undefined && told !== undefined) {
      help.set(named, told);
    } else if (!line.startsWith("#")) {
      const [, name = assert.fail(`no series: ${line}`), labels = "", value] = LINE.exec(line) ?? [];
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, of]) => [key, of]);
      series.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
    }
  }
  return {
    help,
    names: new Set(help.keys()),
    sum: (name, labels = {}) =>
      series
        .filter((s) => s.name === name && Object.entries(labels).every(([key, value]) => s.labels[key] === value))
        .reduce((sum, { value }) => sum + value, 0),
  };
}
