/**
 * Would this be allowed now, and if not, why? What `permissions.check` answers, so that nothing is offered and then refused.
 *
 * Called by TwinControl for rooms. The same checks as on request, in the same order, without a value.
 */
import type { AccessPolicy, Action, Actor } from "../auth/AccessPolicy.ts";
import type { ModelGraph } from "../dtdl/types.ts";
import { toTwinError } from "../errors.ts";
import type { Permission, PermissionCheck } from "../services.ts";
import { knownTwin, type Loading } from "../twins/knownTwin.ts";
import type { ModelCatalog } from "../twins/ModelCatalog.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Dtmi, TwinId } from "../twins/types.ts";
import type { Commands } from "./Commands.ts";
import type { Act, Guard } from "./Guard.ts";
import { checkProperty, checkWritable } from "./modelChecks.ts";
import { touchedBy } from "./touched.ts";

export interface PermissionParts {
  guard: Guard;
  policy: AccessPolicy;
  models: ModelCatalog;
  mirror: TwinMirror;
  link: Loading;
  commands: Commands;
}

export function checkPermissions(
  parts: PermissionParts,
  actor: Actor,
  checks: readonly PermissionCheck[],
): Promise<Permission[]> {
  return Promise.all(
    checks.map(async (check): Promise<Permission> => {
      try {
        return { allowed: true, ...(await assertAllowed(parts, actor, check)) };
      } catch (error) {
        const { code, message } = toTwinError(error);
        return { allowed: false, code, reason: message };
      }
    }),
  );
}

/** What the allowed one should know besides. */
async function assertAllowed(
  { guard, policy, models, mirror, link, commands }: PermissionParts,
  actor: Actor,
  { do: what, twinId, path = "" }: PermissionCheck,
): Promise<{ reason?: string }> {
  const action: Action = what;
  const target = { twinId, ...(path === "" ? {} : { path }) };
  const manages = what === "patch" && policy.check(actor, "manage", { twinId }).allowed;
  if (!manages) {
    guard.allow(actor, action, target);
  }
  if (what === "create" || what === "place") {
    return {};
  }
  guard.assertFree(actor, twinId);
  const { modelId } = knownTwin({ mirror, link }, twinId);
  if (what === "delete") {
    return {};
  }
  const on =
    what === "command"
      ? await commandOf(commands, modelId, { twinId, path })
      : propertiesOf(models.graph, modelId, { path, manages });
  const act: Act = { do: what, twinId, modelId, on, forShow: true };
  guard.assertUnlocked(actor, act);
  const hazard = guard.hazardOf(act);
  return hazard ? { reason: `${hazard.reason} It takes two steps.` } : {};
}

async function commandOf(commands: Commands, modelId: Dtmi, { twinId, path }: { twinId: TwinId; path: string }) {
  if (path !== "") {
    commands.assertKnown(modelId, path);
  }
  await commands.assertDevice(twinId);
  return [{ path }];
}

/** Of any value: none is needed to ask. Without a path: any property. */
function propertiesOf(graph: ModelGraph, modelId: Dtmi, { path, manages }: { path: string; manages: boolean }) {
  if (path === "") {
    return [];
  }
  checkProperty(graph, modelId, path);
  if (!manages) {
    checkWritable(graph, modelId, [{ op: "remove", path }]);
  }
  return touchedBy(graph, modelId, { path });
}
