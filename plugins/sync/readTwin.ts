/** The answer to `twin.get`: a twin as the provider would give it, without what the reader may not see. */
import type { Role } from "../../src/protocol/names.ts";
import type { TwinAnswer } from "../../src/protocol/requests.ts";
import type { Restrictions } from "../../src/schema/Restrictions.ts";
import type { TwinServices } from "../../src/services.ts";
import { knownTwin } from "../../src/twins/knownTwin.ts";
import { twinDocument } from "../../src/twins/twinDocument.ts";
import type { Pointer, Twin, TwinId } from "../../src/twins/types.ts";

/** `seconds`: how far back the history goes that is asked for. @throws as knownTwin */
export function readTwin(
  { mirror, link, models, history }: TwinServices,
  restrictions: Restrictions,
  roles: readonly Role[],
  { twinId: id, seconds }: { twinId: TwinId; seconds?: number | undefined },
): TwinAnswer {
  const held = knownTwin({ mirror, link }, id);
  const twin = mirror.toTwin(id) as Twin;
  const components = models.graph.get(held.modelId)?.components;
  const mayRead = (path: Pointer) => restrictions.allows(roles, held.modelId, path);
  const times: Record<Pointer, { source: number; received: number }> = {};
  for (const [path, { value, source, received }] of held.values) {
    if (value !== undefined && mayRead(path)) {
      times[path] = { source, received };
    }
  }
  const document = twinDocument(restrictions.seen(roles, twin), (name) => components?.has(name) ?? false);
  if (seconds === undefined) {
    return { twin: document, times };
  }
  const past = [...history.of(id, Date.now() - seconds * 1000)].filter(([path]) => mayRead(path));
  return { twin: document, times, history: Object.fromEntries(past) };
}
