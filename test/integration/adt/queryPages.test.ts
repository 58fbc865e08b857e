// Pages and continuation tokens of queries: stable under writes, and refused when they are none of ours.
import assert from "node:assert/strict";
import { closeDigitalTwins } from "../../support/newDigitalTwins.ts";
import { newPlant } from "./queryPlant.ts";

interface Page {
  value: Record<string, unknown>[];
  continuationToken: string | null;
}

async function newPages() {
  const plant = await newPlant();
  const page = async (body: object, size: number): Promise<Page> => {
    const response = await plant.request("POST", "/query", body, { "max-items-per-page": String(size) });
    assert.equal(response.status, 200, JSON.stringify(response.body));
    return response.body as Page;
  };
  const all = async (query: string, size: number): Promise<unknown[]> => {
    const rows: unknown[] = [];
    let next: Page = await page({ query }, size);
    rows.push(...next.value);
    while (next.continuationToken !== null) {
      next = await page({ continuationToken: next.continuationToken }, size);
      rows.push(...next.value);
    }
    return rows;
  };
  return { ...plant, page, all };
}

const encode = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString("base64url");
const decode = (token = ""): object => JSON.parse(Buffer.from(token, "base64url").toString());
const MATCH = "SELECT B.$dtId FROM DIGITALTWINS MATCH (A)-[*..3]-(B) WHERE A.$dtId = 'building'";

describe("embedded twin service: pages of queries", () => {
  afterEach(closeDigitalTwins);

  it("give every row once, whatever their size", async () => {
    const { all } = await newPages();
    for (const query of [
      MATCH,
      "SELECT T.$dtId FROM DIGITALTWINS T",
      "SELECT R FROM DIGITALTWINS B JOIN F RELATED B.contains JOIN R RELATED F.contains WHERE B.$dtId = 'building'",
      "SELECT TOP(4) P FROM DIGITALTWINS MATCH (X)-[:feeds*..4]-(P) WHERE X.$dtId IN ['pipe1', 'pipe3']",
    ]) {
      const whole = await all(query, 100);
      for (const size of [1, 2, 3]) {
        assert.deepEqual(await all(query, size), whole, `${size}: ${query}`);
      }
    }
  });

  it("neither repeat nor skip what was there all the time", async () => {
    const { client, page, all } = await newPages();
    const first = await page({ query: MATCH }, 2);
    assert.deepEqual(first.value, [{ $dtId: "floor1" }, { $dtId: "room1" }]);
    await client.deleteRelationship("building", "building-floor1");
    await client.upsertDigitalTwin("floor0", JSON.stringify({ $metadata: { $model: "dtmi:plant:Node;1" } }));
    await client.upsertRelationship("building", "new", { $relationshipName: "contains", $targetId: "floor0" });
    const rest = await page({ continuationToken: first.continuationToken }, 100);
    assert.deepEqual(rest.value, [{ $dtId: "floor2" }, { $dtId: "lab" }, { $dtId: "sensor" }, { $dtId: "floor0" }]);
    assert.deepEqual(rest.value, await all(MATCH, 100));
  });

  it("go on by their token alone", async () => {
    const { page } = await newPages();
    const first = await page({ query: MATCH }, 3);
    const body = { query: "nonsense", continuationToken: first.continuationToken };
    assert.deepEqual(await page(body, 3), await page({ continuationToken: first.continuationToken }, 3));
  });

  it("refuse tokens that are none", async () => {
    const { page, request } = await newPages();
    const token = decode(String((await page({ query: MATCH }, 2)).continuationToken));
    const tokens = [
      ...["", "nonsense", "%%%", "null", encode(null), encode([]), encode({}), encode(5)],
      ...[{ query: 5 }, { query: "SELECT" }, { query: "SELECT * FROM DIGITALTWINS" }].map((part) =>
        encode({ ...token, ...part }),
      ),
      ...[-1, 0.5, "1", null, 1e300].map((given) => encode({ ...token, given })),
      ...[-1, 99, 1.5, null].map((start) => encode({ ...token, start })),
      ...[null, {}, [], [[]], [[1], []], [[1], ["2"]], [[1], [2], [3]], [[1, 2], [3]], [[1], [2, 3, 4, 5]], "1"].map(
        (after) => encode({ ...token, after }),
      ),
    ];
    for (const continuationToken of tokens) {
      const { status, body } = await request("POST", "/query", { continuationToken });
      const about = Buffer.from(continuationToken, "base64url").toString();
      assert.equal(status, 400, about);
      assert.equal((body as { error: { code: string } }).error.code, "BadRequest", about);
    }
    const elsewhere = encode({ ...token, after: [[999_999], [1]] });
    assert.deepEqual(await page({ continuationToken: elsewhere }, 5), { value: [], continuationToken: null });
  });
});
