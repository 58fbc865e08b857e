// WHERE clauses of the embedded twin service, operator by operator and function by function, through the official SDK.
import assert from "node:assert/strict";
import { closeDigitalTwins } from "../../support/newDigitalTwins.ts";
import { newPlant } from "./queryPlant.ts";

async function holds(cases: readonly [string, string[]][]): Promise<void> {
  const { ids } = await newPlant();
  for (const [where, expected] of cases) {
    assert.deepEqual(await ids(where), expected, where);
  }
}

describe("embedded twin service: WHERE", () => {
  afterEach(closeDigitalTwins);

  it("compares", () =>
    holds([
      ["T.temperature = 24.5", ["room2"]],
      ["T.temperature <> 24.5", ["lab", "room1", "sensor"]],
      ["T.temperature != 24.5 AND T.temperature<-5", []],
      ["T.temperature>-5 and T.temperature <= 21", ["lab", "room1"]],
      ["18 < T.temperature AND 24.5 >= T.temperature", ["room1", "room2"]],
      ["T.on = true OR T.on = FALSE", ["floor2", "room2", "sensor"]],
      ["T.name = 'O\\'Hara\\'s'", ["lab"]],
      ["T.name = 'o\\'hara\\'s'", []],
      ["T.NAME = 'O\\'Hara\\'s'", []],
      ["T.name > 'Head' AND T.name < 'I'", ["building"]],
      ["T.temperature = '21' OR T.name < 5", []],
      ["T.size.width = 4", ["room1"]],
    ]));

  it("looks into lists", () =>
    holds([
      ["T.$dtId IN ['lab', 'none']", ["lab"]],
      ["T.temperature IN [18, 21.0]", ["lab", "room1"]],
      ["T.temperature NIN [18, 21]", ["room2", "sensor"]],
      ["T.temperature NOT IN [18, 21]", ["room2", "sensor"]],
      ["NOT T.temperature IN [18, 21]", ["room2", "sensor"]],
      ["T.on IN [true]", ["room2", "sensor"]],
    ]));

  it("binds NOT before AND before OR", () =>
    holds([
      ["T.$dtId = 'lab' OR T.on = true AND T.temperature > 50", ["lab", "sensor"]],
      ["(T.$dtId = 'lab' OR T.on = true) AND T.temperature > 50", ["sensor"]],
      ["NOT T.on = true AND T.on = false", ["floor2"]],
      ["NOT (T.on = true OR T.on = false)", []],
      ["NOT NOT T.on = true", ["room2", "sensor"]],
    ]));

  it("escapes reserved words and keys that are no names", () =>
    holds([
      ["T.[[GROUP]] = 'a'", ["building"]],
      ["[[GROUP]] = 'a'", ["building"]],
      ["T.tags.[[1st]] = 'x'", ["room2"]],
      ["[[T]].[[on]] = true", ["room2", "sensor"]],
    ]));

  it("tests types", () =>
    holds([
      ["IS_DEFINED(T.tags.red)", ["room2"]],
      ["NOT IS_DEFINED(T.tags.red) AND T.temperature > 20", ["room1", "sensor"]],
      ["IS_DEFINED(T.size)", ["room1"]],
      ["IS_NULL(T.temperature)", []],
      ["IS_BOOL(T.on)", ["floor2", "room2", "sensor"]],
      ["IS_NUMBER(T.temperature) AND T.temperature != 55", ["lab", "room1", "room2"]],
      ["IS_STRING(T.name)", ["building", "lab"]],
      ["is_object(T.size) OR Is_Object(T.tags)", ["room1", "room2"]],
      ["IS_PRIMITIVE(T.size) OR IS_PRIMITIVE(T.name)", ["building", "lab"]],
    ]));

  it("searches strings and arrays", () =>
    holds([
      ["STARTSWITH(T.$dtId, 'room')", ["room1", "room2"]],
      ["ENDSWITH(T.$dtId, '1')", ["floor1", "pipe1", "room1"]],
      ["CONTAINS(T.name, 'Hara')", ["lab"]],
      ["CONTAINS(T.temperature, '5')", []],
      ["ARRAY_CONTAINS(T.levels, 2)", ["floor1", "floor2"]],
      ["ARRAY_CONTAINS (T.levels, 3)", ["floor2"]],
      ["ARRAY_CONTAINS(T.levels, '3') OR ARRAY_CONTAINS(T.name, 'H')", []],
    ]));

  it("knows models, those that extend them and their later versions", () =>
    holds([
      ["IS_OF_MODEL('dtmi:plant:Room;1')", ["lab", "room1", "room2"]],
      ["IS_OF_MODEL(T, 'dtmi:plant:Room;2')", ["lab", "room2"]],
      ["IS_OF_MODEL(T, 'dtmi:plant:Room;1', exact)", ["room1"]],
      ["IS_OF_MODEL('dtmi:plant:Room;2', EXACT)", ["room2"]],
      ["IS_OF_MODEL('dtmi:plant:Room;3')", []],
      ["IS_OF_MODEL('dtmi:plant:None;1')", []],
      ["NOT IS_OF_MODEL('dtmi:plant:Node;1')", []],
      ["T.$metadata.$model = 'dtmi:plant:Lab;1'", ["lab"]],
    ]));
});
