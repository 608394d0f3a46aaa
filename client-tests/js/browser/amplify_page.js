// An application as its authors write it: aws-amplify, a button to sign in and one to sign out. Bundled for the browser.

import { Amplify } from "aws-amplify";
import { fetchAuthSession, fetchUserAttributes, getCurrentUser, signInWithRedirect, signOut } from "aws-amplify/auth";
import { Hub } from "aws-amplify/utils";

const { Cognito } = await (await fetch("/settings.json")).json();

// What happened on this page, oldest first.
globalThis.events = [];
Hub.listen("auth", ({ payload }) => globalThis.events.push([payload.event, payload.data?.error?.message ?? payload.data]));
Amplify.configure({ Auth: { Cognito } });

globalThis.app = { fetchAuthSession, fetchUserAttributes };

async function show() {
  const { tokens } = await fetchAuthSession();
  const who = tokens ? `Signed in as ${(await getCurrentUser()).username}` : "Signed out";
  document.querySelector("output").textContent = who;
}

Hub.listen("auth", ({ payload }) => {
  if (["signInWithRedirect", "signedOut"].includes(payload.event)) show();
});
const more = JSON.parse(sessionStorage.getItem("signIn") ?? "{}");
document.querySelector("#in").addEventListener("click", () => signInWithRedirect(more));
document.querySelector("#out").addEventListener("click", () => signOut());
if (!location.search.includes("code=")) await show();
