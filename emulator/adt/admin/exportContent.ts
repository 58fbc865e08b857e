/**
 * An instance as NDJSON in the format of Azure's import jobs: sections Header, Models, Twins, Relationships, a line each.
 *
 * Twins and relationships are whole documents, with $etag and times, which an import ignores. The header has two members more
 * than Azure's, where there is something to say: decommissioned models and event routes.
 */
import type { Content } from "../Instance.ts";

/** Lines with their ends. */
export function* exportContent({ models, twins, relationships, routes }: Content): Generator<string> {
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
  yield* documents(models);
  yield line({ Section: "Twins" });
  yield* documents(twins);
  yield line({ Section: "Relationships" });
  yield* documents(relationships);
}

function* documents(records: Iterable<{ document: object }>): Generator<string> {
  for (const { document } of records) {
    yield line(document);
  }
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
