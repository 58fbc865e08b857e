import assert from "node:assert/strict";
import { CloudLink } from "../../../src/twins/CloudLink.ts";
import { MemorySource } from "../../support/MemorySource.ts";

function newLink() {
  let now = 1000;
  const link = new CloudLink({ clock: () => now });
  const told: boolean[] = [];
  link.onChange(() => told.push(link.source.connected));
  return { link, told, at: (time: number) => (now = time) };
}

describe("CloudLink", () => {
  it("is not connected until the twins are loaded, and says why", () => {
    const { link } = newLink();
    link.watch(new MemorySource());
    link.setWaiting("the service is away");
    assert.equal(link.loaded, false);
    assert.deepEqual(link.source, { connected: false, since: 1000, reason: "the service is away" });
  });

  it("is as well as the worst of its sources", () => {
    const { link, told } = newLink();
    const [a, b] = [new MemorySource("a"), new MemorySource("b")];
    link.watch(a);
    link.watch(b);
    link.setLoaded();
    assert.equal(link.source.connected, true);
    b.setHealth({ connected: false, since: 2000, reason: "no answer" });
    assert.deepEqual(link.source, { connected: false, since: 2000, reason: "no answer" });
    a.setHealth({ connected: false, since: 3000 });
    b.setHealth({ connected: true, since: 4000 });
    assert.equal(link.source.connected, false);
    a.setHealth({ connected: true, since: 5000 });
    assert.equal(link.source.connected, true);
    assert.deepEqual(told.slice(-2), [false, true]);
  });

  it("names the source's reason, not that of loading, where the source is away from the start", () => {
    const { link } = newLink();
    const source = new MemorySource();
    source.setHealth({ connected: false, since: 500, reason: "connecting" });
    link.watch(source);
    link.setLoaded();
    assert.deepEqual(link.source, { connected: false, since: 500, reason: "connecting" });
  });

  it("without sources nothing new can come, and it says so", () => {
    const { link, at } = newLink();
    at(7000);
    link.setLoaded();
    assert.equal(link.source.connected, false);
    assert.match(link.source.reason ?? "", /no event source is configured/);
  });

  it("tells since when by our clock", () => {
    const { link, at } = newLink();
    link.watch(new MemorySource());
    at(7000);
    link.setLoaded();
    assert.deepEqual(link.source, { connected: true, since: 7000 });
  });
});
