/**
 * `POST /devices/query`: the twins of all devices, page by page. Of IoT Hub's query language that is the one query,
 * `SELECT * FROM devices`; others are refused as the hub refuses what it cannot read. Called by handleService.
 */
import { type IotHub, twinOf } from "./IotHub.ts";
import { HubRefusal, isObject, type JsonObject } from "./types.ts";

const MOST = 100;

export interface QueryPage {
  body: JsonObject[];
  headers: Record<string, string>;
}

/** `count`, `continuation`: of the headers x-ms-max-item-count and x-ms-continuation. */
export function queryDevices(hub: IotHub, body: unknown, count = "", continuation = ""): QueryPage {
  const query = isObject(body) ? body["query"] : undefined;
  if (typeof query !== "string" || !/^\s*SELECT\s+\*\s+FROM\s+devices\s*$/i.test(query)) {
    throw new HubRefusal(400, "ArgumentInvalid", 400004, "Only the query SELECT * FROM devices is served here");
  }
  const most = count === "" ? MOST : Number(count);
  if (!Number.isInteger(most) || most < 1 || most > MOST) {
    throw new HubRefusal(400, "ArgumentInvalid", 400004, `x-ms-max-item-count has to be from 1 to ${MOST}`);
  }
  const from = continuation === "" ? 0 : Number(Buffer.from(continuation, "base64url").toString());
  if (!Number.isInteger(from) || from < 0) {
    throw new HubRefusal(400, "ArgumentInvalid", 400004, "x-ms-continuation is none of this hub");
  }
  const all = [...hub.registry.list()];
  const next = from + most < all.length ? Buffer.from(String(from + most)).toString("base64url") : undefined;
  return {
    body: all.slice(from, from + most).map((device) => twinOf(hub, device)),
    headers: { "x-ms-item-type": "Twin", ...(next === undefined ? {} : { "x-ms-continuation": next }) },
  };
}
