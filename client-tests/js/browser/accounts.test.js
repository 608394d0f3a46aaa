// What people do with their own accounts on the pages: sign up, confirm, and choose a password that they know.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { CreateTermsCommand } from "@aws-sdk/client-cognito-identity-provider";

import { PASSWORD } from "../world.js";
import { LOOKS, stage } from "./stage.js";

const NEW = "N3w-Passw0rd";
const WRONG_CODE = "Invalid verification code provided, please try again.";
const required = (Name) => ({ Name, Required: true, AttributeDataType: "String", Mutable: true });
const POOL = { Schema: ["email", "name", "birthdate"].map(required) };

describe("the pages of an account", () => {
  const { enter, visit, come } = stage();

  for (const [look, version] of LOOKS) {
    test(`signing up with the code of the outbox, ${look}`, async () => {
      const hosted = await enter({ look: version, pool: POOL });
      const { userPoolId: UserPoolId, clientId: ClientId, idp } = hosted.world;
      for (const TermsName of ["terms-of-use", "privacy-policy"]) {
        const Links = { "cognito:default": `https://app.example/${TermsName}` };
        const terms = { UserPoolId, ClientId, TermsName, TermsSource: "LINK", Enforcement: "NONE", Links };
        await idp.send(new CreateTermsCommand(terms));
      }
      const visitor = await visit(hosted);
      await visitor.page.getByRole("link", { name: "Sign up" }).click();
      await visitor.inspect(`${look}-sign-up`);
      const account = {
        username: "cleo",
        "requiredAttributes[email]": "cleo@example.com",
        "requiredAttributes[name]": "Cleo Lee",
        "requiredAttributes[birthdate]": "1990-01-31",
      };
      await visitor.submit({ ...account, password: "short" });
      assert.equal(await visitor.error(), "Password did not conform with policy: Password not long enough");
      await visitor.inspect(`${look}-sign-up-refused`);
      await visitor.submit({ ...account, password: PASSWORD });
      await visitor.inspect(`${look}-confirm`);
      await visitor.submit({ code: "000000" });
      assert.equal(await visitor.error(), WRONG_CODE);
      await visitor.page.locator('[name="resend"]').click();
      await visitor.page.getByText("c***@e***").waitFor();
      await visitor.inspect(`${look}-confirm-resent`);
      await visitor.submit({ code: await hosted.world.code("cleo") });
      const { id } = await hosted.assertSignedIn(visitor.page, "cleo");
      assert.deepEqual([id.email, id.name, id.email_verified], ["cleo@example.com", "Cleo Lee", true]);
      await visitor.close();
    });

    test(`a forgotten password, ${look}`, async () => {
      const hosted = await enter({ look: version });
      await hosted.world.addUser("ann");
      const visitor = await visit(hosted);
      await visitor.page.getByRole("link", { name: "Forgot your password?" }).click();
      await visitor.inspect(`${look}-forgot-password`);
      await visitor.submit({ username: "ann" });
      await visitor.inspect(`${look}-reset-password`);
      await visitor.submit({ code: "000000", new_password: NEW, confirm_password: NEW });
      assert.equal(await visitor.error(), WRONG_CODE);
      const code = await hosted.world.code("ann");
      await visitor.submit({ code, new_password: NEW, confirm_password: "another" });
      assert.equal(await visitor.error(), "The passwords do not match.");
      await visitor.submit({ code, new_password: NEW, confirm_password: NEW });
      await visitor.page.waitForURL("**/login?**");
      await visitor.submit({ username: "ann", password: NEW });
      await hosted.assertSignedIn(visitor.page, "ann");
      await visitor.close();
    });

    test(`a link that confirms, ${look}`, async () => {
      const template = { VerificationMessageTemplate: { DefaultEmailOption: "CONFIRM_WITH_LINK" } };
      const hosted = await enter({ look: version, pool: { ...POOL, Schema: [required("email")], ...template } });
      const visitor = await visit(hosted);
      await visitor.page.getByRole("link", { name: "Sign up" }).click();
      await visitor.submit({ username: "cleo", "requiredAttributes[email]": "cleo@example.com", password: PASSWORD });
      await visitor.inspect(`${look}-confirm-by-link`);
      const mail = await come();
      await mail.page.goto((await hosted.world.message("cleo")).link);
      await mail.page.getByText("Your registration has been confirmed!").waitFor();
      await mail.inspect(`${look}-confirmed`);
      await visitor.page.locator('[name="confirm"]').click();
      await hosted.assertSignedIn(visitor.page, "cleo");
      await Promise.all([visitor.close(), mail.close()]);
    });
  }

  for (const lang of ["de", "es", "fr", "ja"]) {
    test(`in other words: ${lang}`, async () => {
      const hosted = await enter({ look: 2, pool: POOL });
      const visitor = await visit(hosted, {}, { lang });
      const { page } = visitor;
      await visitor.inspect(`${lang}-sign-in`);
      for (const path of ["/signup", "/forgotPassword"]) {
        await page.locator(`a[href^="${path}?"]`).click();
        await visitor.inspect(`${lang}${path.replace("/", "-")}`);
        assert.equal(await page.getAttribute("html", "lang"), lang);
        await page.goBack();
      }
      await visitor.close();
    });
  }
});
