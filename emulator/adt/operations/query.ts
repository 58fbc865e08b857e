/**
 * `POST /query`: a query or a continuation token in, one page of rows out, with the charge that Azure would name.
 */
import { decodeToken, encodeToken, pageSizeOf } from "../http/paging.ts";
import type { Operation } from "../http/types.ts";
import { type QueryPosition, readPosition } from "../query/QueryPosition.ts";
import { runQuery } from "../query/runQuery.ts";
import { ServiceError } from "../ServiceError.ts";
import { isObject, type JsonObject } from "../types.ts";
import type { Service } from "./Service.ts";
import { hasUpdateTime, showTwin } from "./twinDocument.ts";

const DEFAULT_PAGE = 1_000;

export function queryOperation(service: Service): Operation {
  return (request) => {
    const page = runQuery(service.view.instance, positionOf(request.json()), pageSizeOf(request, DEFAULT_PAGE));
    const continuationToken = page.next === undefined ? null : encodeToken(page.next);
    const value = page.rows.map((row) => showRow(row, request.apiVersion));
    // An estimate: Azure charges by what it had to look at.
    const charge = (2 + page.examined / 100).toFixed(2);
    service.faults.charge(Number(charge));
    return { status: 200, body: { value, continuationToken }, headers: { "query-charge": charge } };
  };
}

function positionOf(body: unknown): QueryPosition {
  const { query, continuationToken } = isObject(body) ? body : {};
  if (typeof continuationToken === "string") {
    return readPosition(decodeToken(continuationToken));
  }
  if (typeof query !== "string" || query.trim() === "") {
    throw new ServiceError("InvalidArgument", "The body needs a query or a continuationToken.");
  }
  return { query, given: 0 };
}

/** Rows are twins, relationships, or columns that hold them. */
function showRow(row: JsonObject, apiVersion: string): JsonObject {
  if (hasUpdateTime(apiVersion)) {
    return row;
  }
  if (isObject(row["$metadata"])) {
    return showTwin(row, apiVersion);
  }
  const columns = Object.entries(row).map(([name, value]) => [
    name,
    isObject(value) && isObject(value["$metadata"]) ? showTwin(value, apiVersion) : value,
  ]);
  return Object.fromEntries(columns) as JsonObject;
}
