/**
 * The built web client: Vite's output, in the compressed form that was built beside each file where there is one; files
 * with a hash in their name for ever, the rest always asked for anew. Paths that are no file go on, untouched, to what is
 * mounted after.
 */
import { existsSync } from "node:fs";
import { join, sep } from "node:path";
import compression from "compression";
import express, { type RequestHandler, type Response, type Router } from "express";
import { TwinError } from "../errors.ts";

const YEAR = 31_536_000;

/** `headers` are set on the page's own files only. */
export function webPage(webRoot: string, headers: RequestHandler): Router {
  const router = express.Router();
  const compress = compression();
  const onFile = (res: Response, file: string): void => {
    const hashed = file.includes(`${sep}assets${sep}`);
    res.setHeader("Cache-Control", hashed ? `public, max-age=${YEAR}, immutable` : "no-cache");
    // Called before the file is written, and only when there is one: the right moment for middleware of files alone.
    void headers(res.req, res, () => undefined);
    compress(res.req, res, () => undefined);
  };
  router.use(precompressed(webRoot));
  router.use(express.static(webRoot, { redirect: false, setHeaders: onFile }));
  router.get("/", () => {
    throw new TwinError("NOT_FOUND", "The page has not been built: npm run build:web");
  });
  return router;
}

/** The smallest first, whatever the client names first. */
const ENCODINGS = { br: ".br", gzip: ".gz" } as const;
const TYPES: Record<string, string> = {
  js: "text/javascript",
  css: "text/css",
  html: "text/html",
  svg: "image/svg+xml",
  json: "application/json",
};

/** Leads a request for a file to its compressed form, which express.static then sends with its ETag and Cache-Control. */
function precompressed(webRoot: string): RequestHandler {
  return (req, res, next) => {
    const path = req.path === "/" ? "/index.html" : req.path;
    const ending = /^(?:\/[\w-][\w.-]*)+\.(js|css|html|svg|json)$/.exec(path)?.[1];
    for (const [encoding, suffix] of ending === undefined ? [] : Object.entries(ENCODINGS)) {
      if (req.acceptsEncodings(encoding) !== false && existsSync(join(webRoot, path + suffix))) {
        res.vary("Accept-Encoding");
        res.setHeader("Content-Encoding", encoding);
        res.setHeader("Content-Type", `${TYPES[ending ?? ""]}; charset=utf-8`);
        req.url = path + suffix;
        break;
      }
    }
    next();
  };
}
