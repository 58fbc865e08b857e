/**
 * An instance as NDJSON in the format of Azure's import jobs: sections Header, Models, Twins, Relationships, a line each.
 *
 * Twins and relationships are whole documents, with $etag and times, which an import ignores. The header has two members more
 * than Azure's, where there is something to say: decommissioned models and event routes.
 */
import type { Content, Instance } from "../Instance.ts";

/** Lines with their ends, of what is there when the first is asked for. To be read to the end, or ended with `return`. */
export function* exportContent(instance: Instance): Generator<string> {
  const { release, ...content } = instance.content();
  try {
    yield* lines(content);
  } finally {
    release();
  }
}

function* lines({ models, twins, relationships, routes }: Content): Generator<string> {
  const decommissioned = models.filter((model) => model.decommissioned).map(({ id }) => id);
  const eventRoutes = routes.map(({ id, endpointName, filter }) => ({ id, endpointName, filter }));
  yield line({ Section: "Header" });
  yield line({
    fileVersion: "1.0.0",
    author: "colyseus-digital-twins",
    organization: "emulator",
    ...(decommissioned.length > 0 ? { decommissioned } : {}),
    ...(eventRoutes.length > 0 ? { eventRoutes } : {}),
  });
  yield line({ Section: "Models" });
  for (const { document } of models) {
    yield line(document);
  }
  yield line({ Section: "Twins" });
  yield* texts(twins);
  yield line({ Section: "Relationships" });
  yield* texts(relationships);
}

function* texts(records: Iterable<{ text: string }>): Generator<string> {
  for (const { text } of records) {
    yield `${text}\n`;
  }
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
