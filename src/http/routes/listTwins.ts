/**
 * `GET /twins`: the mirror's twins, filtered, one page of them in Azure's shape. Called by twinRoutes. The twins in which
 * the layout is kept are listed only for those who ask for their model.
 */
import type { ModelGraph } from "../../dtdl/types.ts";
import type { TwinServices } from "../../services.ts";
import type { MirrorTwin } from "../../twins/TwinMirror.ts";
import { type TwinDocument, twinDocument } from "../../twins/twinDocument.ts";
import type { Twin, TwinId } from "../../twins/types.ts";
import { type Page, type PageRequest, page } from "../page.ts";

export interface ListTwinsQuery extends PageRequest {
  model?: string | undefined;
  q?: string | undefined;
}

export function listTwins({ mirror, models, placements }: TwinServices, query: ListTwinsQuery): Page<TwinDocument> {
  const { graph } = models;
  const matching: TwinId[] = [];
  for (const twin of mirror.twins()) {
    const hidden = query.model === undefined && placements.isLayout(twin.modelId);
    if (!hidden && matches(graph, twin, query)) {
      matching.push(twin.id);
    }
  }
  const { value, ...rest } = page(matching, query, (id) => id);
  return { value: value.flatMap((id) => withoutEtag(graph, mirror.toTwin(id))), ...rest };
}

/** The mirror's ETag is of the last whole read, and changes come as patches without one. */
function withoutEtag(graph: ModelGraph, twin: Twin | undefined): TwinDocument[] {
  if (twin === undefined) {
    return [];
  }
  const { etag: _, ...rest } = twin;
  return [azureTwin(graph, rest)];
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
