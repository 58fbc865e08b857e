import assert from "node:assert/strict";
import { forAzure } from "../../../src/dtdl/index.ts";
import { TwinError } from "../../../src/errors.ts";
import { CloudLink } from "../../../src/twins/CloudLink.ts";
import { loadModels, loadTwins } from "../../../src/twins/loadGraph.ts";
import { ModelCatalog } from "../../../src/twins/ModelCatalog.ts";
import { TwinMirror } from "../../../src/twins/TwinMirror.ts";
import type { StoredModel } from "../../../src/twins/types.ts";
import { eventually } from "../../support/eventually.ts";
import { newGatedProvider } from "../../support/GatedProvider.ts";
import { GAUGE, MODELS, PUMP, TWINS } from "../../support/hall.ts";
import { silentLog } from "../../support/silentLog.ts";

const away = async function* (): AsyncGenerator<never> {
  yield* [];
  throw new TwinError("UNAVAILABLE", "the service is away");
};
const cacheOf = (models: StoredModel[]) => ({ read: () => models, write: () => undefined });

describe("loadModels", () => {
  it("prefers the cached document, which is whole, over what the service gives back", async () => {
    const catalog = new ModelCatalog({ log: silentLog });
    const provider = await newGatedProvider({ models: MODELS.map(forAzure) });
    const whole = MODELS.map((model) => ({ id: model["@id"], model }));
    await loadModels({ provider, catalog, cache: cacheOf(whole.slice(2, 3)), log: silentLog });
    assert.deepEqual([...(catalog.graph.get(PUMP)?.commands.keys() ?? [])], ["reset", "run"]);
    assert.equal(catalog.graph.interfaces.size, MODELS.length);
  });

  it("takes the service's where that is another by now, and says so", async () => {
    const warnings: object[] = [];
    const log = { ...silentLog, warn: (facts: object) => void warnings.push(facts) };
    const catalog = new ModelCatalog({ log });
    const old = MODELS.map((model) => ({
      id: model["@id"],
      model: model["@id"] === GAUGE ? { ...model, contents: [] } : model,
    }));
    await loadModels({ provider: await newGatedProvider(), catalog, cache: cacheOf(old), log });
    assert.ok(catalog.graph.get(GAUGE)?.properties.has("level"));
    assert.deepEqual(warnings, [{ model: GAUGE }]);
  });

  it("starts from the cache while the service is away", async () => {
    const provider = await newGatedProvider();
    provider.listModels = away;
    const catalog = new ModelCatalog({ log: silentLog });
    const cache = cacheOf(MODELS.map((model) => ({ id: model["@id"], model })));
    await loadModels({ provider, catalog, cache, log: silentLog });
    assert.ok(catalog.graph.get(PUMP));
  });
});

describe("loadTwins", () => {
  async function newLoad() {
    const provider = await newGatedProvider();
    const catalog = new ModelCatalog({ log: silentLog });
    await loadModels({ provider, catalog, cache: cacheOf([]), log: silentLog });
    const mirror = new TwinMirror(() => catalog.graph);
    const link = new CloudLink({ clock: Date.now });
    const stop = new AbortController();
    const o = {
      provider,
      mirror,
      link,
      log: silentLog,
      clock: Date.now,
      signal: stop.signal,
      also: async () => undefined,
    };
    return { ...o, stop, load: () => loadTwins(o) };
  }

  it("brings twins and relationships into the mirror", async () => {
    const { load, mirror } = await newLoad();
    await load();
    assert.equal(mirror.size, TWINS.length);
    assert.equal([...mirror.outgoing("hall")].length, 3);
  });

  it("tries again until it succeeds, and says why it waits", async () => {
    const { load, provider, mirror, link } = await newLoad();
    const { listTwins } = provider;
    provider.listTwins = away;
    const loading = load();
    await eventually(() => assert.equal(link.source.reason, "the service is away"));
    provider.listTwins = listTwins;
    await loading;
    assert.equal(mirror.size, TWINS.length);
  });

  it("forgets what vanished between two attempts", async () => {
    const { load, provider, mirror } = await newLoad();
    const { listRelationships } = provider;
    provider.listRelationships = away;
    const loading = load();
    await eventually(() => assert.ok(mirror.get("far")));
    await provider.deleteRelationship("yard", "yard-contains-far");
    await provider.deleteTwin("far");
    provider.listRelationships = listRelationships;
    await loading;
    assert.deepEqual([mirror.get("far"), mirror.size], [undefined, TWINS.length - 1]);
  });

  it("gives up when the server closes", async () => {
    const { load, provider, link, stop } = await newLoad();
    provider.listTwins = away;
    const loading = load();
    await eventually(() => assert.equal(link.source.reason, "the service is away"));
    stop.abort();
    await loading;
  });
});
