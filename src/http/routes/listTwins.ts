/**
 * `GET /twins`: the mirror's twins, filtered, one page of them in Azure's shape. Called by twinRoutes. The twins in which
 * the layout is kept are listed only for those who ask for their model.
 */
import type { ModelGraph } from "../../dtdl/types.ts";
import type { Role } from "../../protocol/names.ts";
import type { TwinServices } from "../../services.ts";
import type { MirrorTwin } from "../../twins/MirrorTwin.ts";
import { type TwinDocument, twinDocument } from "../../twins/twinDocument.ts";
import type { Twin, TwinId } from "../../twins/types.ts";
import { type Page, type PageRequest, page } from "../page.ts";

export interface ListTwinsQuery extends PageRequest {
  model?: string | undefined;
  q?: string | undefined;
}

/** As far as these roles may see. */
export function listTwins(services: TwinServices, query: ListTwinsQuery, roles: readonly Role[]): Page<TwinDocument> {
  const { mirror, placements } = services;
  const { graph } = services.models;
  const { restrictions } = services.schemas;
  const matching: TwinId[] = [];
  for (const twin of mirror.twins()) {
    const hidden = query.model === undefined && placements.isLayout(twin.modelId);
    const isNameSeen = query.q === undefined || restrictions.allows(roles, twin.modelId, "/name");
    if (!hidden && matches(graph, twin, query, isNameSeen)) {
      matching.push(twin.id);
    }
  }
  const { value, ...rest } = page(matching, query, (id) => id);
  const seen = (twin: Twin | undefined) => twin && restrictions.seen(roles, twin);
  return { value: value.flatMap((id) => withoutEtag(graph, seen(mirror.toTwin(id)))), ...rest };
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

function matches(graph: ModelGraph, twin: MirrorTwin, { model, q }: ListTwinsQuery, isNameSeen: boolean): boolean {
  const isOfModel = model === undefined || graph.isA(twin.modelId, model);
  return isOfModel && (q === undefined || isNamed(twin, q.toLowerCase(), isNameSeen));
}

function isNamed(twin: MirrorTwin, part: string, isNameSeen: boolean): boolean {
  const name = isNameSeen ? twin.values.get("/name")?.value : undefined;
  return twin.id.toLowerCase().includes(part) || (typeof name === "string" && name.toLowerCase().includes(part));
}
