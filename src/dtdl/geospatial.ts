/**
 * GeoJSON geometries (RFC 7946, section 3.1) as values of DTDL's six geospatial schemas.
 * Positions have two to four numbers; longitude and latitude are bounded, rings are closed. Called by validateValue.
 */
import { escapeSegment } from "./pointer.ts";
import type { GeospatialKind } from "./types.ts";

export interface GeospatialFault {
  code: "type" | "range" | "unknown";
  /** Relative to the geometry. */
  path: string;
  expected: string;
  found: unknown;
}

const TYPES: Record<GeospatialKind, string> = {
  point: "Point",
  multiPoint: "MultiPoint",
  lineString: "LineString",
  multiLineString: "MultiLineString",
  polygon: "Polygon",
  multiPolygon: "MultiPolygon",
};

const KNOWN_MEMBERS = new Set(["type", "coordinates", "bbox"]);

type Check = (value: unknown, path: string) => GeospatialFault | undefined;

/** The first fault, or undefined when `value` is such a geometry. */
export function geospatialFault(kind: GeospatialKind, value: unknown): GeospatialFault | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { code: "type", path: "", expected: `a GeoJSON ${TYPES[kind]}`, found: value };
  }
  const geometry: { type?: unknown; coordinates?: unknown; bbox?: unknown } = value;
  if (geometry.type !== TYPES[kind]) {
    return { code: "type", path: "/type", expected: JSON.stringify(TYPES[kind]), found: geometry.type };
  }
  const extra = Object.keys(geometry).find((key) => !KNOWN_MEMBERS.has(key));
  if (extra !== undefined) {
    return {
      code: "unknown",
      path: `/${escapeSegment(extra)}`,
      expected: "only type, coordinates and bbox",
      found: extra,
    };
  }
  return COORDINATES[kind](geometry.coordinates, "/coordinates") ?? boxFault(geometry.bbox);
}

/** Two corners, if it is there (RFC 7946, section 5): of two to four numbers each, as positions are. */
function boxFault(box: unknown): GeospatialFault | undefined {
  const fits = Array.isArray(box) && [4, 6, 8].includes(box.length) && box.every((n) => Number.isFinite(n));
  return fits || box === undefined
    ? undefined
    : { code: "type", path: "/bbox", expected: "an array of two corners' 4 or 6 numbers", found: box };
}

const position: Check = (value, path) => {
  if (!Array.isArray(value) || value.length < 2 || value.length > 4 || !value.every((n) => Number.isFinite(n))) {
    return { code: "type", path, expected: "a position: [longitude, latitude] or with altitude", found: value };
  }
  const [longitude, latitude]: unknown[] = value;
  if (Math.abs(Number(longitude)) > 180 || Math.abs(Number(latitude)) > 90) {
    return { code: "range", path, expected: "longitude within ±180, latitude within ±90", found: String(value) };
  }
  return undefined;
};

function listOf(check: Check, least: number, what: string): Check {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < least) {
      return {
        code: "type",
        path,
        expected: `an array of ${least > 1 ? `at least ${least} ` : ""}${what}`,
        found: value,
      };
    }
    for (let i = 0; i < value.length; i++) {
      const fault = check(value[i], `${path}/${i}`);
      if (fault !== undefined) {
        return fault;
      }
    }
    return undefined;
  };
}

const line = listOf(position, 2, "positions");
const open = listOf(position, 4, "positions (the first again as the last)");

const ring: Check = (value, path) => {
  const fault = open(value, path);
  if (fault !== undefined || !Array.isArray(value)) {
    return fault;
  }
  return String(value[0]) === String(value.at(-1))
    ? undefined
    : { code: "range", path, expected: "a closed ring: its first position again as the last", found: value };
};

const polygon = listOf(ring, 1, "rings");

const COORDINATES: Record<GeospatialKind, Check> = {
  point: position,
  multiPoint: listOf(position, 0, "positions"),
  lineString: line,
  multiLineString: listOf(line, 0, "lines"),
  polygon,
  multiPolygon: listOf(polygon, 0, "polygons"),
};
