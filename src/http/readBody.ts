/** A request's body of JSON, checked for type, size and depth before anything looks into it. Called by serveRoutes. */
import express, { type Request, type RequestHandler, type Response } from "express";
import { TwinError } from "../errors.ts";
import { assertFlat } from "./assertFlat.ts";
import type { BodyRule } from "./Route.ts";

/** Reads it, into `req.body` too. INVALID_PAYLOAD, with status 415 for another type and 413 for too much. */
export type BodyReader = (req: Request, res: Response) => Promise<unknown>;

export function bodyReader({ types, limit }: BodyRule): BodyReader {
  const parse: RequestHandler = express.json({ limit, type: () => true, strict: false });
  return async (req, res) => {
    checkType(req, res, types);
    await new Promise<void>((resolve, reject) => {
      void parse(req, res, (error: unknown) => (error === undefined ? resolve() : reject(error)));
    });
    assertFlat(req.body);
    return req.body;
  };
}

function checkType(req: Request, res: Response, types: readonly string[]): void {
  if (!hasBody(req)) {
    throw new TwinError("INVALID_PAYLOAD", "A body is required here.", {
      details: [{ path: "", expected: types.join(" or "), found: "nothing" }],
    });
  }
  if (req.is([...types]) === false) {
    res.setHeader(req.method === "PATCH" ? "Accept-Patch" : "Accept-Post", types.join(", "));
    throw new TwinError("INVALID_PAYLOAD", `The body has to be ${types.join(" or ")}.`, {
      status: 415,
      details: [{ path: "", expected: types.join(" or "), found: req.headers["content-type"] ?? "nothing" }],
    });
  }
}

function hasBody({ headers }: Request): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
