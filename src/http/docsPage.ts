/**
 * /docs: the API's document to read and to try, by Swagger UI. Everything comes from this server, no CDN, and nothing is
 * inline, so that it lives under the same Content-Security-Policy as the page. Mounted by createHttp.
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import express, { type Response, type Router } from "express";

export const DOCS_BASE = "/docs";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>colyseus-digital-twins: REST API</title>
<link rel="icon" href="${DOCS_BASE}/favicon-32x32.png">
<link rel="stylesheet" href="${DOCS_BASE}/swagger-ui.css">
</head>
<body>
<main id="api"></main>
<script src="${DOCS_BASE}/swagger-ui-bundle.js"></script>
<script src="${DOCS_BASE}/start.js"></script>
</body>
</html>
`;

/** No validator: that would be a request to another site. */
const start = (document: string) => `SwaggerUIBundle({
  url: ${JSON.stringify(document)},
  domNode: globalThis.document.getElementById("api"),
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
});
`;

/** Of the package: what the page needs, and nothing else of it. */
const FILES = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];
const root = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

/** @param document path of openapi.json */
export function docsPage(document: string): Router {
  const router = express.Router();
  router.get("/", (_req, res) => send(res, "text/html", PAGE));
  router.get("/start.js", (_req, res) => send(res, "text/javascript", start(document)));
  for (const name of FILES) {
    router.get(`/${name}`, (_req, res) => res.sendFile(name, { root, maxAge: "1h" }));
  }
  return router;
}

function send(res: Response, type: string, text: string): void {
  res.setHeader("Cache-Control", "no-cache");
  res.type(type).send(text);
}
