/** Link credit is topped up to what is asked for, not added to it. */
import assert from "node:assert/strict";
import { Receiver } from "rhea-promise";
import { boundCredit } from "../../../src/providers/azure/creditBound.ts";

describe("boundCredit", () => {
  it("keeps the credit of a receiver at its prefetch, however often it is asked for", () => {
    boundCredit();
    boundCredit();
    const link = {
      credit: 0,
      add_credit(credit: number) {
        this.credit += credit;
      },
    };
    const receiver: Receiver = Object.create(Receiver.prototype, { _link: { value: link } });
    for (let i = 0; i < 5; i++) receiver.addCredit(1200);
    assert.equal(link.credit, 1200);
    link.credit = 700;
    receiver.addCredit(900);
    assert.equal(link.credit, 900);
    receiver.addCredit(100);
    assert.equal(link.credit, 900);
  });
});
