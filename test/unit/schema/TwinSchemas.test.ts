import assert from "node:assert/strict";
import { Encoder, Reflection, Schema } from "@colyseus/schema";
import { parseModels } from "../../../src/dtdl/index.ts";
import { fieldName, RESERVED_FIELDS } from "../../../src/protocol/names.ts";
import { Alarm, Lease, Operation, Placement, Player } from "../../../src/schema/entities.ts";
import type { TwinState, WorldState } from "../../../src/schema/states.ts";
import { TwinSchemaCache, TwinSchemas } from "../../../src/schema/TwinSchemas.ts";
import { heapBytes } from "../../support/heap.ts";
import { Random } from "../../support/Random.ts";

const property = (name: string, schema: unknown) => ({ "@type": "Property", name, schema });
const model = (name: string, contents: object[]) => ({
  "@context": "dtmi:dtdl:context;3",
  "@id": `dtmi:test:${name};1`,
  "@type": "Interface",
  contents,
});
const THING = "dtmi:test:Thing;1";
const colour = (valueSchema: string, values: unknown[]) => ({
  "@type": "Enum",
  valueSchema,
  enumValues: values.map((enumValue, i) => ({ name: `v${i}`, enumValue })),
});

/** Writes into a world, and reads it as a client would: through bytes, knowing nothing of the classes. */
function newWorld(...documents: object[]) {
  const schemas = new TwinSchemas(parseModels(documents));
  const world = new schemas.World();
  const encoder = new Encoder(world);
  const handshake = Reflection.encode(encoder);
  const decoder = Reflection.decode<WorldState>(handshake);
  const seen = (id: string): Record<string, unknown> =>
    decoder.state.twins.get(id) as unknown as Record<string, unknown>;
  return {
    schemas,
    world,
    decoder,
    seen,
    add(id: string, modelId: string): TwinState {
      const twin = schemas.create(modelId, schemas.models.indexOf(modelId));
      world.twins.set(id, twin);
      return twin;
    },
    send(): void {
      const it = { offset: 0 };
      decoder.decode(encoder.encode(it).slice());
      encoder.discardChanges();
    },
  };
}

describe("TwinSchemas", () => {
  it("takes any key in its maps: clients invent ids of operations, and twins may be called anything", () => {
    const { world, decoder, send } = newWorld(model("Thing", [property("a", "double")]));
    const keys = ["__proto__", "constructor", "toString", "hasOwnProperty", "0", "泵"];
    for (const round of [1, 2]) {
      for (const key of keys) {
        world.operations.set(key, new Operation({ reason: `${key} ${round}` }));
      }
      send();
      const seen = [...decoder.state.operations.entries()].map(([key, { reason }]) => [key, reason]);
      assert.deepEqual(
        seen,
        keys.map((key) => [key, `${key} ${round}`]),
      );
    }
    world.operations.delete("__proto__");
    world.operations.delete("constructor");
    send();
    assert.deepEqual([...decoder.state.operations.keys()], keys.slice(2));
  });

  it("text of any units, halves of pairs too, leaves all that is behind it right: in each field, and as a key", () => {
    const random = new Random(7);
    const units = ["\ud83d", "\ude00", "😀", "a", "é", "泵", "\uffff", "\u0000", ""];
    const any = () => Array.from({ length: random.below(40) }, () => random.pick(units)).join("");
    const key = (n: number) => `${any()} ${n}`; // halves go out as the same character
    const motor = model("Motor", [property("label", "string")]);
    const texts = [property("name", "string"), property("note", "string"), property("level", "double")];
    const { schemas, world, add, decoder, send } = newWorld(
      model("Thing", [...texts, { "@type": "Component", name: "motor", schema: motor["@id"] }]),
      motor,
    );
    const entities = { players: Player, placements: Placement, operations: Operation, leases: Lease, alarms: Alarm };
    for (let n = 0; n < 50; n++) {
      Object.assign(world, { name: any(), space: any() });
      world.models.push(any());
      world.visuals.set(key(n), any());
      for (const [name, Entity] of Object.entries(entities)) {
        const entity = new Entity();
        const members = Object.entries(entity.toJSON()).map(([k, v]) => [k, typeof v === "string" ? any() : n + 1]);
        Object.assign(entity, Object.fromEntries(members));
        (world[name as "players"] as { set(key: string, value: unknown): void }).set(key(n), entity);
      }
      const twin = add(key(n), THING);
      twin.$name = any();
      const others = add(key(n + 1000), "dtmi:test:Unknown;1");
      others.$model = n;
      for (const [path, value] of [...["/name", "/note", "/motor/label"].map((at) => [at, any()]), ["/level", n]]) {
        schemas.write(twin, THING, String(path), value);
        schemas.write(others, "dtmi:test:Unknown;1", `${path}${any()}`, value);
      }
      send();
      assert.deepEqual(decoder.state.toJSON(), wellFormed(world.toJSON()), `round ${n}`);
    }
  });

  const object = { "@type": "Object", fields: [{ name: "a", schema: "double" }] };
  const map = { "@type": "Map", mapKey: { name: "k", schema: "string" }, mapValue: { name: "v", schema: "integer" } };
  const kinds: [string, unknown, unknown, unknown?][] = [
    ["double", "double", 0.1],
    ["double, large", "double", 1e300],
    ["float", "float", 0.5],
    ["float, rounded", "float", 0.1, Math.fround(0.1)],
    ["integer", "integer", -2_147_483_648],
    ["long", "long", 9_007_199_254_740_991],
    ["long, negative", "long", -9_007_199_254_740_991],
    ["long, 2^63 - 1 as JSON gives it", "long", 2 ** 63, 2 ** 63 - 1024],
    ["long, the least", "long", -(2 ** 63)],
    ["boolean", "boolean", false],
    ["string", "string", "Grüße 🚰"],
    ["date", "date", "2026-11-22"],
    ["dateTime", "dateTime", "2026-11-22T13:00:00Z"],
    ["duration", "duration", "PT1H"],
    ["time", "time", "13:00:00Z"],
    ["Enum of strings", colour("string", ["red", "green"]), "green", 1],
    ["Enum of integers", colour("integer", [10, 20]), 10, 0],
    ["Object", object, { a: 1 }, '{"a":1}'],
    ["Map", map, { x: 1 }, '{"x":1}'],
    ["Array", { "@type": "Array", elementSchema: "integer" }, [1, 2], "[1,2]"],
    ["point", "point", { type: "Point", coordinates: [1, 2] }, '{"type":"Point","coordinates":[1,2]}'],
  ];
  for (const [kind, schema, value, wire = value] of kinds) {
    it(`${kind} arrives in its wire form, and goes when it is removed`, () => {
      const { schemas, add, send, seen } = newWorld(model("Thing", [property("p", schema)]));
      const twin = add("t", THING);
      send();
      assert.equal(seen("t")["p"], undefined);
      schemas.write(twin, THING, "/p", value);
      send();
      const got = seen("t")["p"];
      assert.deepEqual(typeof got === "bigint" ? Number(got) : got, wire);
      assert.equal(typeof got, typeof wire);
      schemas.write(twin, THING, "/p", undefined);
      send();
      assert.equal(seen("t")["p"], undefined);
    });
  }

  it("a number beyond its schema is not shown as another one", () => {
    const { schemas, add, send, seen } = newWorld(model("Thing", [property("i", "integer"), property("l", "long")]));
    const twin = add("t", THING);
    schemas.write(twin, THING, "/i", 2_147_483_648);
    schemas.write(twin, THING, "/l", 1e19);
    send();
    assert.deepEqual([seen("t")["i"], seen("t")["l"]], [undefined, undefined]);
  });

  it("a new twin says of itself that nobody has seen it", () => {
    const { add, send, seen } = newWorld(model("Thing", []));
    add("t", THING);
    send();
    const { $model, $name, $seen, $link } = seen("t");
    assert.deepEqual([$model, $name, $seen, $link], [0, "", 0, 3]);
  });

  it("components are nested, their Telemetry included, and made when something is in them", () => {
    const motor = model("Motor", [
      property("current", "double"),
      { "@type": "Telemetry", name: "noise", schema: "float" },
    ]);
    const component = { "@type": "Component", name: "motor", schema: motor["@id"] };
    const empty = { "@type": "Component", name: "empty", schema: "dtmi:test:Empty;1" };
    const { schemas, add, send, seen } = newWorld(model("Thing", [component, empty]), motor, model("Empty", []));
    const twin = add("t", THING);
    send();
    assert.equal(seen("t")["motor"], undefined);
    schemas.write(twin, THING, "/motor/current", 3);
    schemas.write(twin, THING, "/motor/noise", 0.5);
    send();
    const { current, noise } = seen("t")["motor"] as Record<string, unknown>;
    assert.deepEqual([current, noise], [3, 0.5]);
  });

  it("names that Schema needs for itself get a trailing underscore", () => {
    const names = ["clone", "toJSON", "assign", "constructor", "toString"];
    const { schemas, add, send, seen } = newWorld(
      model(
        "Thing",
        names.map((n) => property(n, "string")),
      ),
    );
    const twin = add("t", THING);
    for (const name of names) {
      schemas.write(twin, THING, `/${name}`, name);
    }
    send();
    assert.deepEqual(
      names.map((n) => seen("t")[`${n}_`]),
      names,
    );
  });

  it("what the model does not know is left out, and harms nothing", () => {
    const { schemas, add, send, seen } = newWorld(model("Thing", [property("p", colour("string", ["red"]))]));
    const twin = add("t", THING);
    schemas.write(twin, THING, "/nothing", 1);
    schemas.write(twin, THING, "/p", "blue");
    send();
    assert.equal(seen("t")["p"], undefined);
  });

  describe("a generic twin", () => {
    const many = (n: number) => Array.from({ length: n }, (_, i) => property(`p${i}`, "double"));
    const isGeneric = (twin: object) => "$numbers" in twin;

    it("serves models of more than 59 fields of their own, and no smaller ones", () => {
      const { schemas } = newWorld(model("Thing", many(60)), model("Small", many(59)));
      assert.equal(isGeneric(schemas.create(THING, 0)), true);
      assert.equal(isGeneric(schemas.create("dtmi:test:Small;1", 1)), false);
    });

    it("serves models whose component has more than 63", () => {
      const component = { "@type": "Component", name: "c", schema: "dtmi:test:Large;1" };
      const { schemas } = newWorld(model("Thing", [component]), model("Large", many(64)));
      assert.equal(isGeneric(schemas.create(THING, 0)), true);
    });

    it("serves models that came later; values by path, by their type, removed and changed", () => {
      const { schemas, add, send, seen } = newWorld(model("Thing", []));
      const late = "dtmi:test:Late;1";
      const twin = add("t", late);
      const contents = () => ["$numbers", "$texts", "$flags"].map((m) => (seen("t")[m] as Schema).toJSON());
      for (const [path, value] of [
        ["/n", 1],
        ["/motor/n", 0.1],
        ["/s", "x"],
        ["/f", true],
        ["/o", { a: 1 }],
      ] as const) {
        schemas.write(twin, late, path, value);
      }
      send();
      assert.deepEqual(contents(), [{ n: 1, "motor/n": 0.1 }, { s: "x", o: '{"a":1}' }, { f: true }]);
      schemas.write(twin, late, "/n", "now a text");
      schemas.write(twin, late, "/s", undefined);
      send();
      assert.deepEqual(contents(), [{ "motor/n": 0.1 }, { n: "now a text", o: '{"a":1}' }, { f: true }]);
    });
  });

  it("two sets of models live side by side", () => {
    const one = newWorld(model("Thing", [property("a", "double")]));
    const other = newWorld(model("Thing", [property("b", "string")]), model("More", [property("c", "long")]));
    one.schemas.write(one.add("t", THING), THING, "/a", 1.5);
    other.schemas.write(other.add("t", THING), THING, "/b", "x");
    other.schemas.write(other.add("m", "dtmi:test:More;1"), "dtmi:test:More;1", "/c", 7);
    one.send();
    other.send();
    assert.equal(one.seen("t")["a"], 1.5);
    assert.deepEqual([other.seen("t")["b"], other.seen("m")["c"]], ["x", 7]);
  });

  it("the classes of a set go with the last room that uses them: models change for as long as a server lives", async () => {
    let graph = parseModels([model("Thing", [property("p", "double")])]);
    const cache = new TwinSchemaCache(() => graph);
    const open = (name: string) => {
      graph = parseModels([model("Thing", [property("p", "double")]), model(name, [])]);
      const schemas = cache.current();
      const encoders = [new Encoder(new schemas.World()), new Encoder(new schemas.ViewedWorld())];
      const classes = [schemas.World, schemas.ViewedWorld, schemas.create(THING, 0).constructor];
      return { encoders, classes: classes.map((Class) => new WeakRef<object>(Class)) };
    };
    const room = open("Kept");
    const { classes: gone } = open("Gone");
    open("Last");
    await heapBytes();
    const held = [...room.classes, ...gone].map((Class) => Class.deref() !== undefined);
    assert.deepEqual(held, [true, true, true, false, false, false]);
    assert.equal(room.encoders.length, 2);
  });

  it("classes are made once per set of models", () => {
    let graph = parseModels([model("Thing", [])]);
    const cache = new TwinSchemaCache(() => graph);
    const first = cache.current();
    assert.equal(cache.current(), first);
    graph = parseModels([model("Thing", []), model("More", [])]);
    assert.deepEqual(cache.current().models, [THING, "dtmi:test:More;1"]);
  });
});

describe("RESERVED_FIELDS", () => {
  it("are the members of Schema that a DTDL name could be; an upgrade of Colyseus that adds one fails here", () => {
    const DTDL_NAME = /^[a-zA-Z](?:[a-zA-Z0-9_]*[a-zA-Z0-9])?$/;
    const members = new Set<string>();
    const instance = new (class extends Schema {})();
    for (let at: object | null = instance; at; at = Object.getPrototypeOf(at)) {
      for (const name of Object.getOwnPropertyNames(at)) {
        members.add(name);
      }
    }
    assert.deepEqual([...RESERVED_FIELDS].sort(), [...members].filter((name) => DTDL_NAME.test(name)).sort());
  });

  it("no escaped name meets another: DTDL names do not end with an underscore", () => {
    assert.equal(fieldName("clone"), "clone_");
    assert.equal(fieldName("temperature"), "temperature");
  });
});

function wellFormed(value: unknown): unknown {
  if (typeof value === "string") {
    return value.toWellFormed();
  }
  if (Array.isArray(value)) {
    return value.map(wellFormed);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, at]) => [key.toWellFormed(), wellFormed(at)]))
    : value;
}
