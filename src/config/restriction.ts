/** One entry of RESTRICTED_PROPERTIES. Pure; whether model and property exist is asked when the models are known. */
import { ROLES, type Role } from "../protocol/names.ts";

export interface RestrictionSetting {
  model: string;
  property: string;
  roles: readonly Role[];
}

const SHAPE = "expected <model>/<property>=<role>|<role>, e.g. dtmi:com:x:Pump;1/cost=admin";

/** A text is a sentence that says what is wrong. */
export function parseRestriction(text: string): RestrictionSetting | string {
  const [, model = "", property = "", said = ""] = /^([^/=]*)\/([^=]*)=(.*)$/.exec(text) ?? [];
  const roles = said.split("|");
  if (model === "" || property === "") {
    return SHAPE;
  }
  if (!model.startsWith("dtmi:")) {
    return `'${model}' is no model id, which begins with dtmi:; ${SHAPE}`;
  }
  if (!/^\w+$/.test(property)) {
    return `'${property}' is no name of a Property or Telemetry; for one of a Component name the Component's model; ${SHAPE}`;
  }
  if (!roles.every(isRole)) {
    const wrong = roles.filter((role) => !isRole(role)).map((role) => `'${role}'`);
    return `${wrong.join(", ")} is no role; the roles are ${ROLES.join(", ")}`;
  }
  return { model, property, roles };
}

function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}
