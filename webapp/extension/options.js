// The options: where the marks go, and as whom.
import { ask } from "./marking.js";

const { chrome } = /** @type {any} */ (globalThis);
const form = /** @type {any} */ (document.getElementById("connect"));
const choices = /** @type {any} */ (document.getElementById("organization"));
const outcome = document.getElementById("outcome");

async function connect(event) {
  event.preventDefault();
  const server = new URL(form.elements.server.value).origin;
  const connection = { server, token: form.elements.token.value.trim() };
  if (!await chrome.permissions.request({ origins: [`${server}/*`] })) {
    outcome.textContent = "Allow the extension to reach your Moments, then connect again.";
    return;
  }
  const { made, problem } = await ask(connection, "/api/auth/session");
  if (problem) {
    outcome.textContent = problem;
    return;
  }
  const organization = (made.organization ?? made.organizations[0])?.id;
  await chrome.storage.local.set({ ...connection, organization });
  choices.replaceChildren(
    ...made.organizations.map(({ id, name }) => new Option(name, id, false, id === organization)),
  );
  document.getElementById("where").hidden = made.organizations.length < 2;
  outcome.textContent = `Connected as ${made.user.email}.`;
}

form.addEventListener("submit", connect);
choices.addEventListener("change", () => chrome.storage.local.set({ organization: choices.value }));
form.elements.server.value = (await chrome.storage.local.get("server")).server ?? "";
