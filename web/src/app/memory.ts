/**
 * What the page remembers and what its address says. The address carries space and twin, so that a link leads there;
 * name and role are remembered per tab first, so that two tabs may be two people.
 */
import { ROLES, type Role } from "../../../src/protocol/names.ts";

export interface Remembered {
  name: string;
  role: Role;
  space: string;
}
export interface DeepLink {
  space: string;
  twin: string;
  name: string;
  role: Role | undefined;
  view: string;
  mode: string;
  /** Eye and target of the camera, six numbers; undefined without. */
  camera: readonly number[] | undefined;
  /** Pictures that are compared: nothing moves, no texts in the scene. */
  freeze: boolean;
}

const KEY = "colyseus-digital-twins";

export function recall(): Remembered {
  const stored = parse(sessionStorage.getItem(KEY)) ?? parse(localStorage.getItem(KEY)) ?? {};
  return { name: stored.name ?? "", role: toRole(stored.role) ?? "player", space: stored.space ?? "" };
}

export function remember(what: Remembered): void {
  const text = JSON.stringify(what);
  sessionStorage.setItem(KEY, text);
  localStorage.setItem(KEY, text);
}

export function readLink(): DeepLink {
  const query = new URLSearchParams(location.search);
  const get = (name: string) => query.get(name) ?? "";
  return {
    space: get("space"),
    twin: get("twin"),
    name: get("name"),
    role: toRole(get("role")),
    view: get("view"),
    mode: get("mode"),
    camera: toCamera(get("cam")),
    freeze: get("freeze") === "1",
  };
}

/** Shows where one is. Another space is a new entry in the history, so that Back leads to the one before. */
export function writeLink(link: { space: string; twin: string; mode?: string; view?: string; cam?: string }): void {
  const query = new URLSearchParams(location.search);
  const before = query.get("space") ?? "";
  const isMove = before !== "" && link.space !== "" && before !== link.space;
  for (const [name, value] of Object.entries({ ...link, name: "", role: "" })) {
    if (value === "") {
      query.delete(name);
    } else {
      query.set(name, value);
    }
  }
  const text = query.toString();
  const url = text === "" ? location.pathname : `?${text}`;
  if (isMove) {
    history.pushState(null, "", url);
  } else {
    history.replaceState(null, "", url);
  }
}

/** Six numbers, or it is no camera. */
function toCamera(text: string): readonly number[] | undefined {
  const numbers = text.split(",").map(Number);
  return text !== "" && numbers.length === 6 && numbers.every((n) => Math.abs(n) < 1e5) ? numbers : undefined;
}

function toRole(value: unknown): Role | undefined {
  return ROLES.find((role) => role === value);
}

function parse(text: string | null): Partial<Remembered> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
