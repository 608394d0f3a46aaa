// What the tests of the pages share: a server, a Chromium, an app, and pools of their own.

import { after, before } from "node:test";

import { startServer } from "../server.js";
import { HostedApp, serveApp } from "./app.js";
import { Visitor, launchChromium } from "./chromium.js";

/** Both looks of the pages, by their ManagedLoginVersion. */
export const LOOKS = Object.entries({ classic: 1, managed: 2 });

/** To be called where tests are described. */
export function stage(...flags) {
  const worlds = [];
  const stage = {
    async enter(settings) {
      const hosted = await HostedApp.make(stage.server, stage.app, settings);
      worlds.push(hosted.world);
      return hosted;
    },

    come: (options) => Visitor.come(stage.browser, options),

    /** A browser that an app has sent to sign in. */
    async visit(hosted, options, query) {
      const visitor = await stage.come(options);
      await visitor.page.goto(hosted.address("/oauth2/authorize", query));
      return visitor;
    },
  };

  before(async () => {
    [stage.server, stage.browser, stage.app] = await Promise.all([startServer(...flags), launchChromium(), serveApp()]);
  });

  after(async () => {
    await stage.browser.close();
    stage.app.stop();
    for (const world of worlds) world.close();
    await stage.server.stop();
  });

  return stage;
}
