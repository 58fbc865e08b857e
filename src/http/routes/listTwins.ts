/** `GET /twins`: the mirror's twins, filtered, one page of them in Azure's shape. Called by twinRoutes. */
import type { ModelGraph } from "../../dtdl/types.ts";
import type { TwinServices } from "../../services.ts";
import type { MirrorTwin } from "../../twins/TwinMirror.ts";
import { type TwinDocument, twinDocument } from "../../twins/twinDocument.ts";
import type { Twin } from "../../twins/types.ts";
import { type Page, type PageRequest, page } from "../page.ts";

export interface ListTwinsQuery extends PageRequest {
  model?: string | undefined;
  q?: string | undefined;
}

export function listTwins({ mirror, models }: TwinServices, query: ListTwinsQuery): Page<TwinDocument> {
  const { graph } = models;
  const matching = mirror.twins().filter((twin) => matches(graph, twin, query));
  const { value, ...rest } = page(matching, query, (twin) => twin.id);
  const documents = value.flatMap(({ id }) => {
    const { etag: _, ...twin } = mirror.toTwin(id) ?? {};
    return "id" in twin ? [azureTwin(graph, twin)] : [];
  });
  return { value: documents, ...rest };
}

export function azureTwin(graph: ModelGraph, twin: Twin): TwinDocument {
  const components = graph.get(twin.modelId)?.components;
  return twinDocument(twin, (name) => components?.has(name) ?? false);
}

function matches(graph: ModelGraph, twin: MirrorTwin, { model, q }: ListTwinsQuery): boolean {
  return (model === undefined || graph.isA(twin.modelId, model)) && (q === undefined || isNamed(twin, q.toLowerCase()));
}

function isNamed(twin: MirrorTwin, part: string): boolean {
  const name = twin.values.get("/name")?.value;
  return twin.id.toLowerCase().includes(part) || (typeof name === "string" && name.toLowerCase().includes(part));
}
