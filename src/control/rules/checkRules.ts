/**
 * Do the rules of the control file speak of what there is? A rule about a model or a property that does not exist would
 * guard nothing, in silence. Pure; asked once at the start, when the models are known.
 */
import { resolvePath } from "../../dtdl/index.ts";
import type { ModelGraph } from "../../dtdl/types.ts";
import { findCommand } from "../findCommand.ts";
import type { Condition, ControlRules } from "./controlFile.ts";

/** Every fault, a line each. */
export function checkRules(rules: ControlRules, graph: ModelGraph): string[] {
  return [
    ...rules.interlocks.flatMap((rule) => [
      ...acts(graph, rule, `interlock "${rule.name}"`),
      ...rule.requires.flatMap((c) => condition(graph, rule.model, c, `interlock "${rule.name}"`)),
    ]),
    ...rules.hazardous.flatMap((rule, i) => acts(graph, rule, `hazardous.${i}`)),
    ...rules.effects.flatMap((rule, i) => [
      ...acts(graph, { model: rule.model, guards: [`command ${rule.command}`] }, `effects.${i}`),
      ...condition(graph, rule.model, rule.becomes, `effects.${i}`),
    ]),
    ...rules.alarms.flatMap((rule) => path(graph, rule.model, rule.path, `alarm "${rule.name}"`)),
  ];
}

function acts(
  graph: ModelGraph,
  { model, guards }: { model: string; guards: readonly string[] },
  where: string,
): string[] {
  if (!graph.get(model)) {
    return [`${where}: there is no model ${model}`];
  }
  return guards.flatMap((guard) => {
    const [kind, what = ""] = guard.split(" ");
    const isThere = kind === "patch" ? resolvePath(graph, model, what) : findCommand(graph, model, what);
    return isThere ? [] : [`${where}: ${model} has no ${kind === "patch" ? "property" : "command"} ${what}`];
  });
}

/** Of related twins the model is known only where the condition names it. */
function condition(graph: ModelGraph, model: string, { of, path: pointer }: Condition, where: string): string[] {
  const target = of === undefined ? model : of.model;
  return target === undefined ? [] : path(graph, target, pointer, where);
}

function path(graph: ModelGraph, model: string, pointer: string | undefined, where: string): string[] {
  if (!graph.get(model)) {
    return [`${where}: there is no model ${model}`];
  }
  return pointer === undefined || resolvePath(graph, model, pointer)
    ? []
    : [`${where}: ${model} has no property ${pointer}`];
}
