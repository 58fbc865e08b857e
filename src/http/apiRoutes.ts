/** The table of the whole API under /api/v1, in the order of the document. Made once per mounted API by `createHttp`. */
import { openApiDocument } from "./openApiDocument.ts";
import type { Route } from "./Route.ts";
import { auditRoutes, commandRoutes } from "./routes/controlRoutes.ts";
import { deadLetterRoutes } from "./routes/deadLetterRoutes.ts";
import { layoutRoutes } from "./routes/layoutRoutes.ts";
import { modelRoutes } from "./routes/modelRoutes.ts";
import { documentRoutes, queryRoutes, spaceRoutes } from "./routes/otherRoutes.ts";
import type { RouteContext } from "./routes/RouteContext.ts";
import { relationshipRoutes } from "./routes/relationshipRoutes.ts";
import { twinRoutes } from "./routes/twinRoutes.ts";

export function apiRoutes(context: RouteContext, about: { version: string; base: string }): Route[] {
  let document: object | undefined;
  const signIn = context.services.signIn !== undefined;
  const routes: Route[] = [
    ...modelRoutes(context),
    ...twinRoutes(context),
    ...relationshipRoutes(context),
    ...queryRoutes(context),
    ...spaceRoutes(context),
    ...commandRoutes(context),
    ...auditRoutes(context),
    ...layoutRoutes(context),
    ...deadLetterRoutes(context),
    ...documentRoutes(() => (document ??= openApiDocument(routes, { ...about, signIn }))),
  ];
  return routes;
}
