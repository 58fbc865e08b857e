// Who may import whom: the table of the design, held. Reads the sources; where this fails, either the import is wrong or
// the table has to be extended, with a reason.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../..");
const FOLDERS = ["src", "plugins", "rooms", "emulator", "web"];

/** Part → the parts that it may import. A part is a path without its ending; the longest that fits a file counts. */
const MAY_IMPORT: Record<string, string[]> = {
  "src/dtdl": [],
  "src/addresses": [],
  "src/checkedOptions": [],
  "src/zodDetails": ["src/errors"],
  "src/runtimeParts": ["src/checkedOptions", "src/protocol/names", "src/runtime*"],
  "src/config": ["src/auth/SignInSettings*", "src/addresses", "src/checkedOptions", "src/protocol/names"], // roles
  "src/errors": [],
  "src/log": ["src/config*", "src/twins*"],
  "src/colyseusLog": ["src/twins*"],
  "src/protocol/names": [],
  "src/protocol": ["src/protocol/names", "src/dtdl/types", "src/errors*", "src/twins/twinDocument*"], // of replies
  "src/twins": ["src/dtdl", "src/errors", "src/services*"], // Spaces and CloudLink say that they fulfil its interfaces
  "src/store": ["src/twins*", "src/errors", "src/services*"], // what is kept for control: its views
  "src/auth": ["src/errors", "src/protocol"],
  "src/ingest": ["src/twins", "src/store", "src/dtdl", "src/errors"],
  "src/control": [
    "src/twins",
    "src/store",
    "src/dtdl",
    "src/errors",
    "src/auth",
    "src/services*",
    "src/protocol/names",
  ],
  "src/world": [
    "src/twins",
    "src/store",
    "src/dtdl",
    "src/errors",
    "src/services*",
    "src/protocol/names",
    "src/protocol*",
    "src/protocol/turn", // pure
    "src/auth*",
  ],
  "src/providers/azure": ["src/twins", "src/errors"],
  "src/providers/memory": ["src/twins", "src/errors"],
  "src/schema": ["src/twins*", "src/dtdl", "src/protocol/names"], // names of fields and statuses
  "src/services": ["src*"], // types of all of these
  "src/http": [
    "src/addresses",
    "src/checkedOptions",
    "src/zodDetails",
    "src/services",
    "src/protocol",
    "src/errors",
    "src/auth*",
    "src/auth/AccessPolicy",
    "src/dtdl",
    "src/twins",
  ], // Azure's shapes
  plugins: [
    "src/checkedOptions",
    "src/zodDetails",
    "src/services",
    "src/control",
    "src/world",
    "src/schema",
    "src/protocol",
    "src/errors",
    "src/auth*",
    "src/auth/AccessPolicy", // pure functions of an actor
    "src/twins",
  ],
  rooms: ["plugins", "src/schema", "src/services*", "src/errors"],
  emulator: ["src/dtdl"],
  web: ["src/protocol", "src/schema*", "src/dtdl*"],
};
/** Compositions: may import everything of src, plugins and rooms. */
const ROOTS = [
  "src/runtime",
  "src/connect",
  "src/azureParts",
  "src/app",
  "src/main",
  "src/index",
  "src/cli",
  "src/demoCloud",
];
/** Only by dynamic import, when the configuration asks for it. */
const EMULATOR_USERS = ["src/demoCloud", "src/cli"];
/** Homes of the clouds' packages. */
const ONLY_IN: [RegExp, string[]][] = [
  [/^@azure\//, ["src/providers/azure", "src/azureParts", "emulator/devices", "emulator/adt/events"]],
  [/^@aws-sdk\//, ["src/providers/aws"]],
  [/^(rhea|rhea-promise)$/, ["src/providers/azure", "emulator/eventhubs"]],
];

interface Import {
  file: string;
  /** A path without ending, from the root; or the name of a package. */
  target: string;
  typeOnly: boolean;
  dynamic: boolean;
}

const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: ROOT }))
  .filter((file) => !file.includes("node_modules") && !file.endsWith(".d.ts"))
  .sort();
const imports = files.flatMap(importsOf);

describe("imports", () => {
  it("keep to the table", () => {
    assert.deepEqual(imports.filter(isOurs).map(fault).filter(Boolean), []);
  });

  it("of the clouds' packages stay in their providers", () => {
    const strays = imports.filter((i) => {
      const homes = ONLY_IN.find(([name]) => name.test(i.target))?.[1];
      return homes && !i.typeOnly && !homes.some((home) => isIn(home, i.file));
    });
    assert.deepEqual(
      strays.map(({ file, target }) => `${file} imports ${target}`),
      [],
    );
  });

  it("of the emulator are dynamic", () => {
    const strays = imports.filter((i) => isIn("emulator", i.target) && !isIn("emulator", i.file) && !i.typeOnly);
    const wrong = strays.filter((i) => !(i.dynamic && EMULATOR_USERS.some((user) => isIn(user, i.file))));
    assert.deepEqual(
      wrong.map(({ file, target }) => `${file} imports ${target}`),
      [],
    );
  });

  it("make no circle", () => {
    assert.deepEqual(circles(), []);
  });

  it("were found at all", () => {
    assert.ok(files.length > 50 && imports.length > 200, `${files.length} files, ${imports.length} imports`);
  });
});

function fault({ file, target, typeOnly }: Import): string | undefined {
  if (isIn("emulator", target) && !isIn("emulator", file)) {
    return undefined; // a rule of its own
  }
  if (ROOTS.some((root) => isIn(root, file))) {
    return undefined;
  }
  const part = partOf(file);
  if (part === undefined) {
    return `${file}: no rule for this folder; add one to the table`;
  }
  const allowed = MAY_IMPORT[part] ?? [];
  const fits = (rule: string) =>
    rule.endsWith("*") ? typeOnly && isIn(rule.slice(0, -1), target) : isIn(rule, target);
  return isIn(part, target) || allowed.some(fits)
    ? undefined
    : `${file} imports ${typeOnly ? "types of " : ""}${target}: ${part} may import ${allowed.join(", ") || "nothing of ours"}`;
}

function partOf(file: string): string | undefined {
  const parts = Object.keys(MAY_IMPORT).filter((part) => isIn(part, file));
  return parts.sort((a, b) => b.length - a.length)[0];
}

function isIn(part: string, path: string): boolean {
  const bare = path.replace(/\.tsx?$/, "");
  return bare === part || bare.startsWith(`${part}/`);
}

function isOurs({ target }: Import): boolean {
  return FOLDERS.some((folder) => isIn(folder, target));
}

/** `import … from "x"`, `export … from "x"`, `import "x"`, `import("x")`; comments are taken out first. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "");
  const found: Import[] = [];
  const at = (specifier: string) =>
    specifier.startsWith(".")
      ? relative(ROOT, resolve(ROOT, dirname(file), specifier)).replace(/\.tsx?$/, "")
      : specifier;
  const statement = /^\s*(?:import|export)\s+(?:(type\s+)?([\w*\s{},$]+?)\s+from\s+)?"([^"]+)"/gm;
  for (const [, type, names = "", specifier = ""] of text.matchAll(statement)) {
    const inner = /^\{([^}]*)\}$/
      .exec(names.trim())?.[1]
      ?.split(",")
      .filter((n) => n.trim() !== "");
    const typeOnly = type !== undefined || (inner?.length ? inner.every((n) => n.trim().startsWith("type ")) : false);
    found.push({ file, target: at(specifier), typeOnly, dynamic: false });
  }
  for (const [, specifier = ""] of text.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g)) {
    found.push({ file, target: at(specifier), typeOnly: false, dynamic: true });
  }
  return found;
}

/** Circles of imports that run when modules load; those of types alone cost nothing. */
function circles(): string[] {
  const edges = Map.groupBy(
    imports.filter((i) => isOurs(i) && !i.typeOnly && !i.dynamic),
    (i) => bare(i.file),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (at: string, path: readonly string[]): void => {
    if (path.includes(at)) {
      found.push([...path.slice(path.indexOf(at)), at].join(" → "));
    } else if (!done.has(at)) {
      for (const { target } of edges.get(at) ?? []) {
        visit(target, [...path, at]);
      }
      done.add(at);
    }
  };
  for (const file of files) {
    visit(bare(file), []);
  }
  return found;
}

function bare(file: string): string {
  return file.replace(/\.tsx?$/, "");
}
