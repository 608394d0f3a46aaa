// What makes a tester's life easier: users to sign in as, and the outbox where a page asks for a code.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { LOOKS, stage } from "./stage.js";

describe("the comforts of a test", () => {
  const { enter, visit } = stage("--login-picker");

  for (const [look, version] of LOOKS) {
    test(`a user is picked, ${look}`, async () => {
      const hosted = await enter({ look: version });
      for (const name of ["ann", "ben", "cleo"]) await hosted.world.addUser(name);
      const visitor = await visit(hosted);
      const { page } = visitor;
      await visitor.inspect(`${look}-picker`);
      await page.fill('[name="picker_filter"]', "BEN");
      await page.getByRole("button", { name: "Search" }).click();
      assert.deepEqual(await page.locator('[name="sign_in_as"]').allInnerTexts(), ["ben (ben@example.com)"]);
      await page.locator('[name="sign_in_as"]').click();
      await hosted.assertSignedIn(page, "ben");
      await visitor.close();
    });

    test(`the outbox has the code, ${look}`, async () => {
      const hosted = await enter({ look: version });
      await hosted.world.addUser("ann");
      const visitor = await visit(hosted);
      const { page } = visitor;
      await page.getByRole("link", { name: "Forgot your password?" }).click();
      await visitor.submit({ username: "ann" });
      const outbox = await page.getByRole("link", { name: "Messages in the outbox" }).getAttribute("href");
      const messages = await (await fetch(new URL(outbox, hosted.world.server.url))).json();
      assert.equal(messages.at(-1).code, await hosted.world.code("ann"));
      await visitor.close();
    });
  }
});
