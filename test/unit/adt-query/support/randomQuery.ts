// Texts of queries over the graphs of randomGraph: all clauses, operators and functions.
import type { Instance } from "../../../../emulator/adt/Instance.ts";
import type { Random } from "../../../support/Random.ts";
import { MODELS } from "./newInstance.ts";
import { RELATIONSHIPS, VALUES } from "./randomGraph.ts";

export type QueryKind = "twins" | "relationships" | "join" | "match" | "both";
const KINDS: readonly QueryKind[] = ["twins", "twins", "relationships", "join", "match", "match", "both"];

/** Names that a condition or column may begin with; "" where there is no need of one. */
interface Scope {
  twins: string[];
  relationships: string[];
}

/** `kinds`: which of them may come. */
export function randomQuery(random: Random, instance: Instance, kinds: readonly QueryKind[] = KINDS): string {
  const kind = random.pick(kinds);
  switch (kind) {
    case "twins":
    case "relationships":
      return single(random, instance, kind);
    case "join":
      return joined(random, instance);
    default:
      return matched(random, instance, kind === "both");
  }
}

function single(random: Random, instance: Instance, kind: "twins" | "relationships"): string {
  const alias = random.pick(["", "T"]);
  const scope = kind === "twins" ? { twins: [alias], relationships: [] } : { twins: [], relationships: [alias] };
  const from = `FROM ${kind === "twins" ? "DIGITALTWINS" : "relationships"} ${alias}`;
  const where = random.pick([
    () => "",
    () => `WHERE ${alias === "" ? "" : "T."}${random.pick(["a", "o.a"])} = ${literal(random)}`,
    () => `WHERE ${condition(random, instance, scope, 2)}`,
    () => `WHERE ${condition(random, instance, scope, 3)}`,
  ])();
  return `SELECT ${select(random, scope, true)} ${from} ${where}`;
}

function joined(random: Random, instance: Instance): string {
  const scope: Scope = { twins: ["A"], relationships: [] };
  const joins = joinsOf(random, scope, random.int(1, 3));
  const where = `WHERE ${withId(random, instance, scope)}`;
  return `SELECT ${select(random, scope, false)} FROM DIGITALTWINS A ${joins} ${where}`;
}

function joinsOf(random: Random, scope: Scope, count: number): string {
  const joins = ["B", "C", "D"].slice(0, count).map((target, i) => {
    const alias = random.chance(0.5) ? ` R${i}` : "";
    const join = `JOIN ${target} RELATED ${random.pick(scope.twins)}.${random.pick(RELATIONSHIPS)}${alias}`;
    scope.twins.push(target);
    scope.relationships.push(...(alias === "" ? [] : [alias.trim()]));
    return join;
  });
  return joins.join(" ");
}

function matched(random: Random, instance: Instance, withJoin: boolean): string {
  const scope: Scope = { twins: ["A"], relationships: [] };
  const joins = withJoin ? joinsOf(random, scope, 1) : "";
  const from = withJoin || random.chance(0.3) ? "DIGITALTWINS A" : "DIGITALTWINS";
  let pattern = `(${random.pick(scope.twins)})`;
  if (from === "DIGITALTWINS") {
    pattern = "(A)";
  }
  const names = ["M", "N", ""];
  for (let i = random.int(0, 2); i >= 0; i -= 1) {
    const again = random.chance(0.1) ? random.pick(scope.twins) : undefined;
    const node = again ?? random.pick(names.filter((name) => !scope.twins.includes(name)));
    pattern += `${edge(random, scope, i)}(${node})`;
    scope.twins.push(...(node === "" || again !== undefined ? [] : [node]));
  }
  const where = `WHERE ${withId(random, instance, scope)}`;
  return `SELECT ${select(random, scope, false)} FROM ${from} ${joins} MATCH ${pattern} ${where}`;
}

function edge(random: Random, scope: Scope, index: number): string {
  const variable = random.chance(0.3) ? `E${index}` : "";
  const names = random.chance(0.6)
    ? `:${random.pick([random.pick(RELATIONSHIPS), "contains|feeds", "feeds|has|x"])}`
    : "";
  const hops = variable === "" ? random.pick(["", "", "*1", "*2", "*3", "*..2", "*..3", "*1..2", "*1..3"]) : "";
  scope.relationships.push(...(variable === "" ? [] : [variable]));
  const [left, right] = random.pick([
    ["-", "->"],
    ["<-", "-"],
    ["-", "-"],
  ]);
  return `${left}[${variable}${names}${hops}]${right}`;
}

/** A condition that names a twin by id, as JOIN and MATCH demand, with others around it. */
function withId(random: Random, instance: Instance, scope: Scope): string {
  const ids = [...instance.twins.keys()];
  const tested = `${random.pick(scope.twins)}.$dtId`;
  const some = `[${[1, 2, 3].map(() => `'${random.pick(ids)}'`).join(", ")}]`;
  const id = random.pick([
    `${tested} = '${random.pick(ids)}'`,
    `'${random.pick(ids)}' = ${tested}`,
    `${tested} IN ${some}`,
    `(${tested} = '${random.pick(ids)}' OR ${tested} in ${some})`,
  ]);
  const more = condition(random, instance, scope, 2);
  return random.pick([id, id, `${id} AND (${more})`, `(NOT (${more})) AND ${id}`, `(${more}) AND ${id}`]);
}

function select(random: Random, scope: Scope, isSingle: boolean): string {
  const names = [...scope.twins, ...scope.relationships];
  const items = [1, 2].map((i) => `${path(random, random.pick(names))} AS c${i}`).join(", ");
  const whole = names.filter((name) => name !== "").join(", ");
  const some = whole === "" || random.chance(0.3) ? items : whole;
  return random.pick(["COUNT()", some, some, `TOP(${random.int(1, 5)}) ${some}`, isSingle ? "*" : some]);
}

function path(random: Random, name: string): string {
  const property = random.pick(["a", "b", "[[GROUP]]", "o.a", "o.deep.b", "o", "l", "$metadata.$model", "none", "A"]);
  return name === "" ? property : `${name}.${property}`;
}

function condition(random: Random, instance: Instance, scope: Scope, depth: number): string {
  const inner = (): string => condition(random, instance, scope, depth - 1);
  if (depth > 0 && random.chance(0.5)) {
    return random.pick([
      () => `${inner()} AND ${inner()}`,
      () => `(${inner()} OR ${inner()})`,
      () => `${inner()} or ${inner()}`,
      () => `NOT ${inner()}`,
      () => `NOT (${inner()})`,
    ])();
  }
  return random.pick([comparison, comparison, comparison, member, test, model, identity])(random, scope, instance);
}

function literal(random: Random): string {
  const value = random.pick(VALUES);
  return typeof value === "string" ? `'${value}'` : String(value);
}

function anyPath(random: Random, { twins, relationships }: Scope): string {
  return path(random, random.pick([...twins, ...relationships]));
}

function comparison(random: Random, scope: Scope): string {
  const left = anyPath(random, scope);
  const right = random.chance(0.15) ? anyPath(random, scope) : literal(random);
  const operator = random.pick(["=", "=", "=", "!=", "<>", "<", ">", "<=", ">="]);
  return random.chance(0.1) ? `${right} ${operator} ${left}` : `${left} ${operator} ${right}`;
}

function member(random: Random, scope: Scope): string {
  const values = [1, 2, 3].map(() => literal(random)).join(", ");
  return `${anyPath(random, scope)} ${random.pick(["IN", "in", "NIN", "NOT IN", "not_in"])} [${values}]`;
}

function test(random: Random, scope: Scope): string {
  const types = ["IS_DEFINED", "IS_NULL", "IS_BOOL", "IS_NUMBER", "IS_STRING", "is_object", "IS_PRIMITIVE"];
  const strings = ["STARTSWITH", "EndsWith", "CONTAINS", "STARTS_WITH", "ENDS_WITH"];
  const array = `ARRAY_CONTAINS(${path(random, random.pick(scope.twins.length > 0 ? scope.twins : ["x"]))}, ${literal(random)})`;
  return random.pick([
    `${random.pick(types)}(${anyPath(random, scope)})`,
    `${random.pick(strings)}(${anyPath(random, scope)}, ${literal(random)})`,
    scope.twins.length > 0 ? array : "1 = 1",
  ]);
}

function model(random: Random, { twins }: Scope): string {
  if (twins.length === 0) {
    return "true";
  }
  const name = random.pick(twins);
  const id = random.pick([...Object.keys(MODELS), "dtmi:t:Mid;2", "dtmi:t:None;1"]);
  return `IS_OF_MODEL(${name === "" ? "" : `${name}, `}'${id}'${random.pick(["", "", ", exact"])})`;
}

function identity(random: Random, { twins, relationships }: Scope, instance: Instance): string {
  const ids = [...instance.twins.keys()];
  const name = random.pick([...twins, ...relationships]);
  const of = name === "" ? "" : `${name}.`;
  const id = random.pick(ids);
  return twins.includes(name)
    ? random.pick([`${of}$dtId = '${id}'`, `${of}$dtId IN ['${id}', '${random.pick(ids)}']`])
    : random.pick([`${of}$sourceId = '${id}'`, `${of}$targetId = '${id}'`, `${of}$relationshipName = 'feeds'`]);
}
