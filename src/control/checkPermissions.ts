/**
 * Would this be allowed now, and if not, why? What `permissions.check` answers, so that nothing is offered and then refused.
 *
 * Called by TwinControl for rooms. The same checks as on request, in the same order, without a value.
 */
import type { AccessPolicy, Action, Actor } from "../auth/AccessPolicy.ts";
import { toTwinError } from "../errors.ts";
import type { Permission, PermissionCheck } from "../services.ts";
import type { ModelCatalog } from "../twins/ModelCatalog.ts";
import type { TwinMirror } from "../twins/TwinMirror.ts";
import type { Commands } from "./Commands.ts";
import type { Guard } from "./Guard.ts";
import { checkWritable } from "./modelChecks.ts";

export interface PermissionParts {
  guard: Guard;
  policy: AccessPolicy;
  models: ModelCatalog;
  mirror: TwinMirror;
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
  { guard, policy, models, mirror, commands }: PermissionParts,
  actor: Actor,
  { do: what, twinId, path = "" }: PermissionCheck,
): Promise<{ reason?: string }> {
  const action: Action = what;
  const on = { twinId, ...(path === "" ? {} : { path }) };
  const manages = what === "patch" && policy.check(actor, "manage", on).allowed;
  if (!manages) {
    guard.allow(actor, action, on);
  }
  if (what === "create" || what === "place") {
    return {};
  }
  guard.assertFree(actor, twinId);
  const modelId = mirror.get(twinId)?.modelId;
  if (modelId === undefined || what === "delete") {
    return {};
  }
  if (what === "command") {
    await commands.assertDevice(twinId);
  } else if (!manages && path !== "") {
    checkWritable(models.graph, modelId, [{ op: "remove", path }]); // of any value, and none is needed to ask
  }
  const act = { do: what, twinId, modelId, on: [{ path }], forShow: true };
  guard.assertUnlocked(actor, act);
  const hazard = guard.hazardOf(act);
  return hazard ? { reason: `${hazard.reason} It takes two steps.` } : {};
}
