// Which clients a room takes over that turns out to be a large one, besides those that converge.ts has.
import assert from "node:assert/strict";
import { type Client, ClientState } from "@colyseus/core";
import { Interest } from "../../../plugins/sync/Interest.ts";
import type { NearViews } from "../../../plugins/sync/NearViews.ts";
import { Player } from "../../../src/schema/entities.ts";
import { type MemoryTwins, newMemoryTwins } from "../../support/newMemoryTwins.ts";

describe("Interest, of a room that opens as a large one", () => {
  let twins: MemoryTwins;
  beforeEach(async () => {
    twins = await newMemoryTwins();
    await twins.ready;
  });
  afterEach(() => twins.close());

  const clientOf = (sessionId: string, state: ClientState) => ({ sessionId, state }) as Client;
  const seers = (near: NearViews) => [...near.vantages()].map((vantage) => vantage.seers);
  const open = (early: Client[], there: Client[], players: Record<string, Player> = {}) => {
    const { services } = twins;
    const world = new (services.schemas.current().ViewedWorld)();
    for (const [sessionId, player] of Object.entries(players)) {
      world.players.set(sessionId, player);
    }
    const setup = { asked: { threshold: 1 }, foreign: false, services, tagOf: () => 0, changed: () => undefined };
    const interest = new Interest(setup, "hall");
    interest.start(world);
    for (const client of early) {
      interest.join(client);
    }
    const near = interest.open(world, services.spaces.members("hall"), there);
    assert.ok(near);
    return { interest, near };
  };

  it("who is still joining counts once, and not any more when he is gone", () => {
    const there = clientOf("there", ClientState.JOINED);
    const [joining, refused] = [clientOf("joining", ClientState.JOINING), clientOf("refused", ClientState.JOINING)];
    const { interest, near } = open([there], [there, joining, refused]);
    assert.deepEqual(seers(near), [1]);
    interest.join(joining);
    interest.beforeFullState(joining);
    interest.leave(refused);
    assert.deepEqual(seers(near), [2]);
    interest.moved(joining, { x: 5000, z: 0 });
    interest.moved(there, { x: 5000, z: 0 });
    interest.settle();
    assert.deepEqual(seers(near), [2]);
    interest.leave(joining);
    interest.leave(there);
    assert.deepEqual(seers(near), []);
  });

  it("who has joined and not acknowledged it yet gets another view with his first full state, by himself", () => {
    const [one, other] = [clientOf("one", ClientState.JOINING), clientOf("other", ClientState.JOINING)];
    const { interest } = open([one, other], [one, other]);
    assert.equal(one.view, other.view);
    interest.beforeFullState(one);
    interest.beforeFullState(other);
    assert.ok(one.view && other.view);
    assert.notEqual(one.view, other.view);
  });

  it("whose player is nowhere to be found begins in the middle, and can go from there", () => {
    const lost = clientOf("lost", ClientState.JOINED);
    const { interest, near } = open([lost], [lost], { lost: new Player({ x: Number.POSITIVE_INFINITY }) });
    const { centre } = near.seer(lost) ?? {};
    assert.equal(centre, 0);
    interest.moved(lost, { x: 5000, z: 0 });
    interest.settle();
    assert.notEqual(near.seer(lost)?.centre, centre);
  });
});
