/**
 * Models over REST. Reads answer from the resolved models that this process knows (they are immutable, and Azure counts
 * every listing against the quota); writes go to Control, which checks the whole set before any of it is stored.
 */
import * as z from "zod";
import type { ModelGraph } from "../../dtdl/types.ts";
import { TwinError } from "../../errors.ts";
import { toAzureModel } from "../azureShapes.ts";
import { page, pageOf, pageQuery } from "../page.ts";
import { type Route, route } from "../Route.ts";
import { Dtmi, Model, ModelDocuments } from "../shapes.ts";
import type { RouteContext } from "./RouteContext.ts";

const MODEL_BODY_LIMIT = 10 * 1024 * 1024;

const flag = (initially: "true" | "false") =>
  z.enum(["true", "false"]).default(initially).meta({ description: "With the DTDL document as `model`." });

const ids = z
  .preprocess(
    (v) => (v === undefined ? undefined : [v].flat().flatMap((s) => String(s).split(","))),
    z.array(Dtmi).optional(),
  )
  .meta({
    description: "Only these models and what they extend or embed. Repeated, or separated by commas.",
    override: { type: "array", items: { type: "string" } },
  });

const params = z.object({ id: Dtmi });

export function modelRoutes({ services }: RouteContext): Route[] {
  return [
    route({
      method: "get",
      path: "/models",
      id: "listModels",
      tag: "Models",
      summary: "List models",
      access: "read",
      query: z.strictObject({ ...pageQuery, dependenciesFor: ids, includeModelDefinition: flag("false") }),
      answers: { 200: { description: "Models by id.", schema: pageOf(Model) } },
      handle({ query }) {
        const { graph } = services.models;
        const wanted = query.dependenciesFor;
        const chosen = wanted === undefined ? graph.interfaces.keys() : dependencies(graph, wanted);
        const { value, ...rest } = page(chosen, query, (id) => id);
        const definition = query.includeModelDefinition === "true";
        return { status: 200, body: { value: value.map((id) => azureModel(graph, id, definition)), ...rest } };
      },
    }),
    route({
      method: "post",
      path: "/models",
      id: "addModels",
      tag: "Models",
      summary: "Add models",
      description: "The set is checked together with the models that are there; every fault is a detail.",
      access: "control",
      body: { schema: ModelDocuments, types: ["application/json"], limit: MODEL_BODY_LIMIT },
      answers: { 201: { description: "What was stored.", schema: z.array(Model) } },
      async handle({ actor, body }) {
        const stored = await services.control.putModels(actor, body);
        return { status: 201, body: stored.map((s) => toAzureModel({ id: s.id, source: s.model }, false)) };
      },
    }),
    route({
      method: "get",
      path: "/models/:id",
      id: "getModel",
      tag: "Models",
      summary: "Get a model",
      access: "read",
      params,
      query: z.strictObject({ includeModelDefinition: flag("true") }),
      answers: { 200: { description: "The model.", schema: Model } },
      handle({ params: { id }, query }) {
        return { status: 200, body: azureModel(services.models.graph, id, query.includeModelDefinition === "true") };
      },
    }),
    route({
      method: "delete",
      path: "/models/:id",
      id: "deleteModel",
      tag: "Models",
      summary: "Delete a model",
      description: "409 while other models refer to it.",
      access: "control",
      params,
      answers: { 204: { description: "Deleted." } },
      async handle({ actor, params: { id } }) {
        await services.control.deleteModel(actor, id);
        return { status: 204 };
      },
    }),
  ];
}

function azureModel(graph: ModelGraph, id: string, definition: boolean) {
  return toAzureModel(known(graph, id), definition);
}

function known(graph: ModelGraph, id: string) {
  const found = graph.get(id);
  if (found === undefined) {
    throw new TwinError("NOT_FOUND", `There is no model ${id}.`);
  }
  return found;
}

/** These models, what they extend, and what they have as components, at any depth. */
function dependencies(graph: ModelGraph, wanted: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...wanted];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (!found.has(id)) {
      found.add(id);
      const model = known(graph, id);
      open.push(...model.extends, ...[...model.components.values()].map((component) => component.schema));
    }
  }
  return found;
}
