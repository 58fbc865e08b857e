/**
 * The built web client: Vite's output, compressed; files with a hash in their name for ever, the rest always asked for
 * anew. Paths that are no file go on, untouched, to what is mounted after.
 */
import { sep } from "node:path";
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
  router.use(express.static(webRoot, { redirect: false, setHeaders: onFile }));
  router.get("/", () => {
    throw new TwinError("NOT_FOUND", "The page has not been built: npm run build:web");
  });
  return router;
}
