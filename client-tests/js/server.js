// The program under test, run as its users run it: a process, a ready line, a signal.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const repository = new URL("../../", import.meta.url);
const READY_LINE = /^cognitwin listening on http:\/\/127\.0\.0\.1:(\d+)$/;

export const demo = {
  region: "us-west-2",
  userPoolId: "us-west-2_Demo12345",
  clientId: "1example23456789localclient",
  identityPoolId: "us-west-2:11111111-2222-4333-8444-555555555555",
  provider: "cognito-idp.us-west-2.amazonaws.com/us-west-2_Demo12345",
  username: "alice",
  password: "Passw0rd!",
  email: "alice@example.com",
};

function binary() {
  if (process.env.COGNITWIN_BIN) return process.env.COGNITWIN_BIN;
  const built = ["release", "debug"]
    .map((profile) => fileURLToPath(new URL(`target/${profile}/cognitwin`, repository)))
    .find((path) => existsSync(path));
  assert(built, "no cognitwin binary: run `cargo build --release -p cognitwin`, or set COGNITWIN_BIN");
  return built;
}

/** Starts a server with the demo seed on a free loopback port; `stop` ends it and asserts that it ended well. */
export async function startServer(...flags) {
  const seed = fileURLToPath(new URL("fixtures/demo.yaml", repository));
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("COGNITWIN_")));
  const child = spawn(binary(), ["--port", "0", "--seed", seed, "--log", "warn", ...flags], {
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const firstLine = once(createInterface({ input: child.stdout }), "line", { signal: AbortSignal.timeout(20_000) });
  const [line] = await Promise.race([
    firstLine,
    exited.then(([code]) => Promise.reject(new Error(`the server ended with exit code ${code} before it was ready`))),
  ]);
  const ready = READY_LINE.exec(line);
  assert(ready, `not a ready line: ${line}`);
  return {
    port: Number(ready[1]),
    url: `http://127.0.0.1:${ready[1]}`,
    async stop() {
      child.kill("SIGTERM");
      assert.deepEqual(await exited, [0, null]);
    },
  };
}
