/** The layout of a space as one document, and how models look: read, compared, written. Part of the API's table. */
import * as z from "zod";
import { TwinError } from "../../errors.ts";
import { type LayoutDocument, layoutDocument, layoutJsonSchema } from "../../protocol/layout.ts";
import { visualTemplate } from "../../protocol/visualSchemas.ts";
import { noSuch } from "../../twins/knownTwin.ts";
import { type Route, route } from "../Route.ts";
import type { RouteContext } from "./RouteContext.ts";

const JSON_BODY = { types: ["application/json"] } as const;
const MAX_LAYOUT = 16 * 1024 * 1024;

const Placed = z.object({ placementId: z.string(), twinId: z.string() });
const Difference = z
  .object({
    from: z.string().meta({ description: "The space that the document was exported from." }),
    changes: z.array(Placed.extend({ do: z.enum(["add", "change", "remove"]), text: z.string() })),
    visuals: z.array(z.string()).meta({ description: "Models whose template is added or replaced." }),
    unchanged: z.int(),
    missing: z.array(Placed).meta({ description: "Their twins do not exist: left out." }),
    elsewhere: z.array(z.object({ twinId: z.string(), spaces: z.array(z.string()) })).meta({
      description: "Twins of added placements that stand in other spaces too. There nothing changes.",
    }),
  })
  .meta({ id: "LayoutDifference" });

const params = z.object({ id: z.string() });

export function layoutRoutes({ services }: RouteContext): Route[] {
  const { editor } = services;
  const spaceOf = (id: string): string => {
    if (services.mirror.get(id) === undefined) {
      throw noSuch(services.link, `There is no space ${id}.`);
    }
    return id;
  };
  return [
    route({
      method: "get",
      path: "/spaces/:id/layout",
      id: "exportLayout",
      tag: "Layout",
      summary: "Export the layout of a space",
      description:
        "All of it as one document, the same for the same layout. Places that were only made up are not in it.",
      access: "read",
      params,
      answers: { 200: { description: "The layout.", schema: layoutDocument } },
      handle: ({ params: { id } }) => ({ status: 200, body: editor.exportLayout(spaceOf(id)) }),
    }),
    route({
      method: "put",
      path: "/spaces/:id/layout",
      id: "importLayout",
      tag: "Layout",
      summary: "Make the layout of a space as a document says",
      description:
        "Placements that the document does not name are removed; the twins stay. With dryRun nothing is changed. An import is one step of undo. What was exported from another space gets ids of its own, the same at each import.",
      access: "control",
      params,
      query: z.strictObject({ dryRun: z.enum(["true", "false", "1", "0"]).default("false") }),
      body: { schema: layoutDocument, ...JSON_BODY, limit: MAX_LAYOUT },
      answers: { 200: { description: "What was, or would be, changed.", schema: Difference } },
      handle({ params: { id }, query: { dryRun }, body, actor }) {
        checkIds(body);
        const isDry = dryRun === "true" || dryRun === "1";
        return { status: 200, body: editor.importLayout({ actor }, spaceOf(id), body, isDry) };
      },
    }),
    route({
      method: "get",
      path: "/layout-schema.json",
      id: "getLayoutSchema",
      tag: "Layout",
      summary: "The JSON schema of a layout document",
      access: "read",
      answers: { 200: { description: "JSON Schema 2020-12.", schema: z.looseObject({}) } },
      handle: () => ({ status: 200, body: layoutJsonSchema() }),
    }),
    ...visualRoutes({ services }),
  ];
}

function visualRoutes({ services: { editor } }: Pick<RouteContext, "services">): Route[] {
  const Visual = z.object({ modelId: z.string(), template: visualTemplate });
  return [
    route({
      method: "get",
      path: "/visuals",
      id: "listVisuals",
      tag: "Layout",
      summary: "List how twins of each model look",
      access: "read",
      answers: { 200: { description: "Templates.", schema: z.object({ value: z.array(Visual) }) } },
      handle: () => ({
        status: 200,
        body: { value: [...editor.visuals.list()].map(([modelId, template]) => ({ modelId, template })) },
      }),
    }),
    route({
      method: "put",
      path: "/visuals/:id",
      id: "putVisual",
      tag: "Layout",
      summary: "Say how twins of a model look",
      access: "control",
      params,
      body: { schema: visualTemplate, ...JSON_BODY, limit: 16 * 1024 },
      answers: { 200: { description: "The template.", schema: visualTemplate } },
      handle({ params: { id }, body, actor }) {
        editor.setVisual({ actor }, id, body);
        return { status: 200, body };
      },
    }),
    route({
      method: "delete",
      path: "/visuals/:id",
      id: "deleteVisual",
      tag: "Layout",
      summary: "Remove the template of a model",
      access: "control",
      params,
      answers: { 204: { description: "There is none any more." } },
      handle({ params: { id }, actor }) {
        editor.setVisual({ actor }, id, undefined);
        return { status: 204 };
      },
    }),
  ];
}

/** A document that names an id twice does not say what is wanted. */
function checkIds({ placements }: LayoutDocument): void {
  const seen = new Set<string>();
  for (const [i, { id }] of placements.entries()) {
    if (seen.has(id)) {
      const details = [{ path: `/placements/${i}/id`, expected: "an id that occurs once", found: id }];
      throw new TwinError("INVALID_PAYLOAD", `The document has two placements '${id}'.`, { details });
    }
    seen.add(id);
  }
}
