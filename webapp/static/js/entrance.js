// Sign-in, sign-up, first start and invitations.
import { $, h } from "./dom.js";
import { ic } from "./icons.js";
import { api } from "./api.js";
import { field, form } from "./forms.js";

const root = $("#m-entrance");
const config = JSON.parse(root.dataset.entrance);
const quiet = { anonymous: true };
const go = (path) => location.assign(path);

const email = (value) => field({ name: "email", label: "Email", type: "email", value: value ?? "", autocomplete: "username", inputmode: "email", autocapitalize: "none", spellcheck: "false", autofocus: !value });
const MIN = 8;

function newPassword() {
  const made = field({ name: "password", label: "Password", type: "password", autocomplete: "new-password" });
  const hint = h("span", { class: "m-hint m-row m-t", style: "gap:6px" }, `At least ${MIN} characters`);
  made.node.append(hint);
  made.control.addEventListener("input", () => {
    const count = made.value.length;
    hint.classList.toggle("m-ok", count >= MIN);
    hint.replaceChildren(...(count >= MIN ? [ic("check", "s"), `Long enough: ${count} characters`] : [`At least ${MIN} characters${count ? `, ${MIN - count} to go` : ""}`]));
  });
  return made;
}

const kinds = {
  "sign-in"() {
    const fields = [email(), field({ name: "password", label: "Password", type: "password", autocomplete: "current-password" })];
    const send = async (values) => { await api.post("/api/auth/sign-in", values, quiet); go(config.next); };
    const note = config.sign_up
      ? h("p", { class: "m-sm m-2" }, "No account? ", h("a", { class: "m-link", href: "/sign-up" }, "Create one"), ".")
      : h("p", { class: "m-sm m-2" }, "No account? Ask the operator of this Moments for an invitation link.");
    return [form({ fields, action: "Sign in", big: true, send }).node, note];
  },
  "sign-up"() {
    const [name, organization, mail, password] = [field({ name: "name", label: "Your name", autocomplete: "name" }), field({ name: "organization", label: "Organisation", autocomplete: "organization" }), email(" ".trim()), newPassword()];
    const send = async (values) => { await api.post("/api/auth/sign-up", values, quiet); go("/live"); };
    return [form({ fields: [name, organization, mail, password], layout: [h("div", { class: "m-two" }, name.node, organization.node), mail.node, password.node], action: "Create account", glyph: "arrow", big: true, send }).node,
      h("p", { class: "m-sm m-2" }, "Already have an account? ", h("a", { class: "m-link", href: "/sign-in" }, "Sign in"), ".")];
  },
  "first-start"() {
    const [name, organization, mail, password] = [field({ name: "name", label: "Your name", autocomplete: "name", autofocus: true }), field({ name: "organization", label: "Organisation", autocomplete: "organization" }), email(""), newPassword()];
    const state = h("div", { class: "m-enote", role: "status", hidden: true });
    const send = async (values) => {
      await api.post(`/api/auth/first-start/${config.token}`, values, quiet);
      const { items } = await api.get("/api/streams?limit=1").catch(() => ({ items: [] })); // the account exists in any case
      go(items.length ? `/watch/${items[0].slug}` : "/live");
    };
    tellHealth(state);
    return [form({ fields: [name, organization, mail, password], layout: [h("div", { class: "m-two" }, name.node, organization.node), mail.node, password.node, state], action: config.demo ? "Create account and watch" : "Create account", glyph: "arrow", big: true, send }).node];
  },
  invite() {
    if (config.signed_in) {
      const send = async () => { await api.post(`/api/auth/invitations/${config.token}/join`); go("/live"); };
      return [form({ fields: [], action: `Join as ${config.signed_in}`, big: true, send }).node];
    }
    const [name, mail, password] = [field({ name: "name", label: "Your name", autocomplete: "name", autofocus: true }), email(config.email), newPassword()];
    const send = async (values) => { await api.post(`/api/auth/invitations/${config.token}/sign-up`, values, quiet); go("/live"); };
    return [form({ fields: [name, mail, password], action: "Create account and join", glyph: "arrow", big: true, send }).node,
      h("p", { class: "m-sm m-2" }, "Already have an account? ", h("a", { class: "m-link", href: `/sign-in?next=${encodeURIComponent(location.pathname)}` }, "Sign in"), " first, then open this link again.")];
  },
};

/** Show whether everything is running, according to `/health`. */
async function tellHealth(node) {
  try {
    const report = await (await fetch("/health")).json();
    const parts = { database: "database", queue: "queue", storage: "storage", media: "media node" };
    const down = Object.keys(parts).filter((key) => report[key]?.status === "down").map((key) => parts[key]);
    node.hidden = false;
    node.classList.toggle("m-ewarn", down.length > 0);
    node.replaceChildren(h("span", { class: `m-dot${down.length ? " m-w" : ""}`, style: "margin-top:6px" }), h("span", {},
      h("b", { class: "m-b" }, down.length ? `The ${down.join(" and the ")} ${down.length > 1 ? "are" : "is"} not answering yet.` : "Everything is running."), " ",
      h("span", { class: "m-2" }, down.length ? "You can create the account; the rest may still be starting." : `Database, media node, storage.${config.demo ? " Your account includes a demo stream, so you can capture something right away." : ""}`)));
  } catch { /* the form works without it */ }
}

root.replaceChildren(...kinds[config.kind]());
root.querySelector("[autofocus]")?.focus();
