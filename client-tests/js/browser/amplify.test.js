// aws-amplify's signInWithRedirect and signOut in Chromium, unmodified, over HTTPS with the server's own certificate.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { startServer } from "../server.js";
import { PASSWORD } from "../world.js";
import { HostedApp, serveApp } from "./app.js";
import { Visitor, launchChromium } from "./chromium.js";

const PAGE = `<!doctype html><html lang="en"><title>App</title><link rel="icon" href="data:,">
<main><h1>App</h1><button id="in">Sign in</button> <button id="out">Sign out</button><p><output></output></p></main>
<script type="module" src="/app.js"></script>`;

// What the library says of every endpoint that is not AWS's.
const OWN_ENDPOINT = /You are using a custom Amazon Amazon Cognito User Pool endpoint/;

async function bundle() {
  const entryPoints = [fileURLToPath(new URL("amplify_page.js", import.meta.url))];
  const built = await build({ entryPoints, bundle: true, write: false, format: "esm", target: "es2022", logLevel: "error" });
  return built.outputFiles[0].text;
}

describe("aws-amplify in Chromium", () => {
  let server, browser, app, hosted;

  before(async () => {
    [server, browser] = await Promise.all([startServer(), launchChromium()]);
    const html = ["text/html", PAGE];
    app = await serveApp({ "/": html, "/callback": html, "/app.js": ["text/javascript", await bundle()] });
    hosted = await HostedApp.make(server, app, { client: { AllowedOAuthFlows: ["code", "implicit"] } });
    await hosted.world.addUser("ann");
  });

  after(async () => {
    await browser.close();
    app.stop();
    hosted.world.close();
    await server.stop();
  });

  async function open(oauth = {}, signIn = {}) {
    const { userPoolId, clientId: userPoolClientId } = hosted.world;
    const loginWith = {
      oauth: {
        domain: hosted.domain,
        scopes: ["openid", "email", "aws.cognito.signin.user.admin"],
        redirectSignIn: [`${app.url}/callback`],
        redirectSignOut: [`${app.url}/`],
        responseType: "code",
        ...oauth,
      },
    };
    const Cognito = { userPoolId, userPoolClientId, userPoolEndpoint: `https://localhost:${server.port}`, loginWith };
    app.pages["/settings.json"] = ["application/json", JSON.stringify({ Cognito })];
    const visitor = await Visitor.come(browser);
    await visitor.context.addInitScript((more) => {
      if (location.protocol === "http:") sessionStorage.setItem("signIn", more);
    }, JSON.stringify(signIn));
    await visitor.page.goto(app.url);
    return visitor;
  }

  const shows = ({ page }, text) => page.locator("output", { hasText: text }).waitFor();

  async function logIn({ page }) {
    await page.waitForURL(`https://${hosted.domain}/login?**`);
    await page.fill('[name="username"]:visible', "ann");
    await page.fill('[name="password"]:visible', PASSWORD);
    await page.click('[name="signInSubmitButton"]:visible');
  }

  /** The tokens that Amplify holds. */
  async function claims({ page }, options) {
    const held = await page.evaluate(async (given) => {
      const { tokens } = await globalThis.app.fetchAuthSession(given);
      return { id: String(tokens.idToken), access: String(tokens.accessToken) };
    }, options);
    return { ...(await hosted.world.claims(held.id, held.access, "ann")), held };
  }

  test("signs in with a redirect, refreshes, and signs out", async () => {
    const visitor = await open({}, { customState: "from /basket?a=1" });
    const { page } = visitor;
    await shows(visitor, "Signed out");
    await page.click("#in");
    await logIn(visitor);
    await shows(visitor, "Signed in as ann");
    assert.equal(page.url(), `${app.url}/callback`);
    const events = await page.evaluate(() => globalThis.events);
    assert.deepEqual(events.map(([name]) => name), ["customOAuthState", "signInWithRedirect", "signedIn"]);
    assert.equal(events[0][1], "from /basket?a=1");

    const first = await claims(visitor);
    assert.equal(first.id.email, "ann@example.com");
    assert.equal(first.access.scope.split(" ").sort().join(" "), "aws.cognito.signin.user.admin email openid");
    assert.equal((await page.evaluate(() => globalThis.app.fetchUserAttributes())).email, "ann@example.com");
    await page.reload();
    await shows(visitor, "Signed in as ann");
    const second = await claims(visitor, { forceRefresh: true });
    assert.notEqual(second.id.jti, first.id.jti);
    assert.equal(second.id.origin_jti, first.id.origin_jti);

    await page.click("#out");
    await page.waitForURL(`${app.url}/`);
    await shows(visitor, "Signed out");
    await assert.rejects(hosted.world.user(second.held.access), { name: "NotAuthorizedException", message: "Access Token has been revoked" });
    // The browser's session at the domain is over, too.
    await page.click("#in");
    await page.waitForURL(`https://${hosted.domain}/login?**`);
    await visitor.close(OWN_ENDPOINT);
  });

  test("is let in again by the session of the domain", async () => {
    const visitor = await open();
    const { page } = visitor;
    await page.click("#in");
    await logIn(visitor);
    await shows(visitor, "Signed in as ann");
    await page.evaluate(() => localStorage.clear());
    await page.goto(app.url);
    await shows(visitor, "Signed out");
    await page.click("#in");
    await shows(visitor, "Signed in as ann");
    await visitor.close(OWN_ENDPOINT);
  });

  test("signs in with the implicit flow", async () => {
    const visitor = await open({ responseType: "token" });
    await visitor.page.click("#in");
    await logIn(visitor);
    await shows(visitor, "Signed in as ann");
    await claims(visitor);
    await visitor.close(OWN_ENDPOINT);
  });

  test("hands on what the app asks of the page", async () => {
    const visitor = await open({}, { options: { loginHint: "ann", lang: "de", prompt: "LOGIN", nonce: "n-1" } });
    const { page } = visitor;
    await page.click("#in");
    await page.waitForURL(`https://${hosted.domain}/login?**`);
    assert.equal(await page.inputValue('[name="username"]:visible'), "ann");
    assert.equal(await page.getAttribute("html", "lang"), "de");
    await logIn(visitor);
    await shows(visitor, "Signed in as ann");
    assert.equal((await claims(visitor)).id.nonce, "n-1");
    await visitor.close(OWN_ENDPOINT);
  });
});
