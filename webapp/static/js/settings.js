// Settings: each section is a short list with one primary action.
import { $, h, copyText } from "./dom.js";
import { ic } from "./icons.js";
import { api } from "./api.js";
import { field, form } from "./forms.js";
import { confirmDialog, menu, openDialog } from "./dialog.js";
import { addStream, editStream } from "./add-stream.js";
import { showPublishKey } from "./publish-key.js";
import { copyButton } from "./share.js";
import { ago, length, plural } from "./format.js";
import { stateOf } from "./state.js";
import { toastError, toastOk } from "./toast.js";
import { onEvent } from "./events.js";

const root = $("#m-settings");
const { section, me } = JSON.parse(root.dataset.settings);
const ROLES = [["viewer", "Viewer: watches"], ["member", "Member: captures and shares"], ["admin", "Admin: manages streams and people"], ["owner", "Owner"]];
const date = (iso) => new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: new Date(iso).getFullYear() === new Date().getFullYear() ? undefined : "numeric" });

const part = (title, lead, action, ...body) => h("section", {},
  h("div", { class: "m-row m-between m-shead" }, h("div", {}, h("h2", {}, title), lead ? h("p", { class: "m-2 m-sm" }, lead) : null), action ?? null), ...body);
const list = (rows, none) => (rows.length ? h("ul", { class: "m-glass m-list" }, rows) : h("div", { class: "m-glass m-none m-2" }, none));
const button = (label, onclick, extra = "", glyph) => h("button", { class: `m-btn ${extra}`, type: "button", onclick }, glyph ? ic(glyph, "s") : null, label);

/** Run an action; show its error if it fails. */
async function attempt(action, done) {
  try { await action(); if (done) toastOk(done); return true; } catch (error) { toastError(error); return false; }
}

const sections = {
  async profile() {
    const [{ items: sessions }] = await Promise.all([api.get("/api/auth/sessions")]);
    const name = field({ name: "name", label: "Your name", value: me.name, autocomplete: "name", maxlength: 120 });
    const email = field({ name: "email", label: "Email", type: "email", value: me.email, autocomplete: "email" });
    const proof = field({ name: "password", label: "Current password", type: "password", autocomplete: "current-password", hint: "Required to change the email address." });
    const asks = () => proof.node.toggleAttribute("hidden", email.value.trim().toLowerCase() === me.email);
    email.control.addEventListener("input", asks);
    asks();
    const about = form({ fields: [name, email, proof], layout: h("div", { class: "m-form" }, h("div", { class: "m-two" }, name.node, email.node), proof.node), action: "Save", send: async ({ password, ...values }) => {
      const saved = await api.patch("/api/auth/profile", password ? { ...values, password } : values);
      [me.name, me.email, proof.control.value] = [saved.name, saved.email, ""];
      asks();
      toastOk("Saved");
    } });
    const current = field({ name: "current", label: "Current password", type: "password", autocomplete: "current-password" });
    const fresh = field({ name: "new", label: "New password", type: "password", autocomplete: "new-password" });
    const password = form({ fields: [current, fresh], layout: h("div", { class: "m-two" }, current.node, fresh.node), action: "Change the password", send: async (values) => {
      await api.post("/api/auth/password", values);
      current.control.value = fresh.control.value = "";
      toastOk("Your password was changed", "All other browsers were signed out");
      show();
    } });
    const rows = sessions.map((each) => h("li", { class: "m-li" },
      h("span", { class: "m-3", style: "display:grid" }, ic("screen")),
      h("div", { class: "m-grow" }, h("div", { class: "m-b m-cut" }, browser(each.user_agent || (each.is_current ? navigator.userAgent : ""))), h("div", { class: "m-sm m-3 m-cut" }, [each.ip, `last seen ${ago(Date.parse(each.last_seen_at))}`].filter(Boolean).join(" · "))),
      each.is_current ? h("span", { class: "m-badge m-okw" }, "This browser") : button("Sign out", () => attempt(() => api.delete(`/api/auth/sessions/${each.id}`)).then(show), "m-quiet m-danger")));
    return [
      part("Profile", "How others see you.", null, h("div", { class: "m-glass m-pad" }, about.node)),
      part("Password", "Changing it signs out every other browser.", null, h("div", { class: "m-glass m-pad" }, password.node)),
      part("Sessions", null, null, list(rows, "No sessions")),
    ];
  },

  tokens,

  async organisation() {
    const name = field({ name: "name", label: "Name", value: me.organization, maxlength: 120, disabled: !me.is_admin });
    const about = form({ fields: [name], action: "Save", send: async (values) => { await api.patch("/api/organizations/current", values); me.organization = values.name; toastOk("Saved"); } });
    const { items } = await api.get("/api/organizations");
    const rows = items.map((each) => h("li", { class: "m-li" }, h("span", { class: "m-3", style: "display:grid" }, ic("home")), h("div", { class: "m-grow" }, h("div", { class: "m-b m-cut" }, each.name), h("div", { class: "m-sm m-3" }, `You are ${each.role}`)),
      each.id === me.organization_id ? h("span", { class: "m-badge m-okw" }, "Current") : button("Switch", () => attempt(async () => { await api.post(`/api/organizations/${each.id}/switch`); location.reload(); }))));
    const make = () => {
      const fresh = field({ name: "name", label: "Name", autofocus: true, maxlength: 120 });
      const box = openDialog("New organisation", form({ fields: [fresh], action: "Create", cancel: () => box.close(), send: async (values) => { await api.post("/api/organizations", values); location.reload(); } }).node);
    };
    return [
      part("Organisation", "It owns streams, captures and people.", null, h("div", { class: "m-glass m-pad" }, me.is_admin ? about.node : name.node)),
      part("Your organisations", null, me.is_admin ? button("New organisation", make, "", "plus") : null, list(rows, "None")),
    ];
  },

  async members() {
    const quiet = (path) => api.get(path).catch((error) => { if (error.status === 403) return { items: [] }; throw error; });
    const [{ items: members }, { items: invitations }] = await Promise.all([api.get("/api/members"), me.is_admin ? quiet("/api/invitations") : { items: [] }]);
    const rows = members.map((each) => memberRow(each));
    const parts = [part("Members", plural(members.length, "person", "people"), me.is_admin ? button("Invite", invite, "m-solid", "plus") : null, list(rows, "No members yet"))];
    if (me.is_admin) parts.push(part("Invitations", "Each link lets one person join, once.", null, list(invitations.map(invitationRow), "No pending invitations.")));
    return parts;
  },

  async streams() {
    const { items } = await api.get("/api/streams?limit=100");
    const rows = items.map(streamRow);
    return [part("Streams", "Their sources, and how far back you can rewind.", me.is_admin ? button("Add stream", () => addStream({ onMade: show }), "m-solid", "plus") : null, list(rows, me.is_admin ? "No streams yet. Add a camera, a feed or the demo." : "No streams yet."))];
  },
};

async function tokens() {
  const { items } = await api.get("/api/tokens");
  const shown = h("div", { role: "status" });
  const rows = items.map((each) => h("li", { class: "m-li" },
    h("span", { class: "m-3", style: "display:grid" }, ic("key")),
    h("div", { class: "m-grow" }, h("div", { class: "m-b m-cut" }, each.name), h("div", { class: "m-sm m-3 m-cut" }, h("span", { class: "m-mono" }, `${each.prefix}…`), ` · created ${date(each.created_at)}${each.expires_at ? ` · ends ${date(each.expires_at)}` : ""}`)),
    h("span", { class: "m-sm m-2 m-desk" }, each.last_used_at ? `Used ${ago(Date.parse(each.last_used_at))}` : "Never used"),
    button("Revoke", async () => { if (await confirmDialog(`Revoke ${each.name}?`, "Programs that use it lose access at once.", "Revoke")) attempt(() => api.delete(`/api/tokens/${each.id}`)).then(show); }, "m-quiet m-danger")));
  const make = () => {
    const name = field({ name: "name", label: "Purpose", placeholder: "laptop", autofocus: true, maxlength: 100 });
    const ends = field({ name: "expires_in_s", label: "Expires", options: [["", "Never"], [604_800, "In 7 days"], [2_592_000, "In 30 days"], [31_536_000, "In a year"]], value: 31_536_000 });
    const box = openDialog("New token", form({ fields: [name, ends], layout: h("div", { class: "m-two" }, name.node, ends.node), action: "Create", cancel: () => box.close(), send: async (values) => {
      const made = await api.post("/api/tokens", { name: values.name.trim(), ...(values.expires_in_s ? { expires_in_s: Number(values.expires_in_s) } : {}) });
      box.close();
      await show();
      $(".m-newtoken").replaceChildren(h("div", { class: "m-secret" }, h("span", { class: "m-ok", style: "display:grid" }, ic("check")), h("div", { class: "m-grow" }, h("div", { class: "m-b" }, `${made.name} is ready. Copy it now; it will not be shown again.`), h("div", { class: "m-mono m-2" }, made.token)), copyButton(made.token, { label: "Copy" })));
      $(".m-newtoken").scrollIntoView({ block: "center" });
    } }).node);
  };
  shown.className = "m-newtoken";
  return [part("API tokens", "For programs that act as you. Only a hash is stored, so each is shown once.", button("New token", make, "", "plus"), shown, list(rows, "No tokens yet."))];
}

function browser(agent) {
  const name = [["Edg/", "Edge"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]].find(([mark]) => agent.includes(mark))?.[1] ?? (agent.split("/")[0] || "A browser");
  const system = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "Mac"], ["Linux", "Linux"]].find(([mark]) => agent.includes(mark))?.[1];
  return system ? `${name} on ${system}` : name;
}

function memberRow(each) {
  const mine = each.user_id === me.id;
  const canOwn = me.role === "owner";
  const roles = ROLES.filter(([role]) => canOwn || role !== "owner" || each.role === "owner");
  const fixed = !me.is_admin || (each.role === "owner" && !canOwn);
  const control = fixed ? h("span", { class: "m-badge m-plain" }, each.role) : h("select", { class: "m-input m-role", "aria-label": `Role of ${each.name || each.email}`, onchange: async () => { if (!(await attempt(() => api.patch(`/api/members/${each.user_id}`, { role: control.value }), "Saved"))) { control.value = each.role; show(); } } }, roles.map(([role, label]) => h("option", { value: role, selected: role === each.role }, label)));
  const leave = async () => {
    const asked = mine ? confirmDialog("Leave this organisation?", "You lose access to its streams and captures.", "Leave") : confirmDialog(`Remove ${each.name || each.email}?`, "They lose access at once. Their captures stay.", "Remove");
    if (await asked && await attempt(() => api.delete(`/api/members/${each.user_id}`))) { if (mine) location.assign("/live"); else show(); }
  };
  const letters = (each.name || each.email).split(/[\s._@-]+/).map((word) => word[0]).slice(0, each.name ? 2 : 1).join("").toUpperCase();
  return h("li", { class: "m-li" }, h("span", { class: "m-avatar", "aria-hidden": "true" }, letters), h("div", { class: "m-grow" }, h("div", { class: "m-b m-cut" }, each.name || each.email, mine ? h("span", { class: "m-3" }, " (you)") : null), h("div", { class: "m-sm m-3 m-cut" }, each.name ? `${each.email} · ` : "", `since ${date(each.joined_at)}`)),
    control, me.is_admin || mine ? h("button", { class: "m-btn m-quiet m-icon m-danger", type: "button", "aria-label": mine ? "Leave" : `Remove ${each.name || each.email}`, onclick: leave }, ic(mine ? "out" : "trash")) : null);
}

function invitationRow(each) {
  return h("li", { class: "m-li" }, h("span", { class: "m-3", style: "display:grid" }, ic("link")), h("div", { class: "m-grow" }, h("div", { class: "m-b m-cut" }, each.email ?? "For anyone with the link"), h("div", { class: "m-sm m-3 m-cut" }, `as ${each.role} · expires ${date(each.expires_at)}`)),
    copyButton(each.url, { label: "Copy link", solid: false }),
    button("Revoke", () => attempt(() => api.delete(`/api/invitations/${each.id}`)).then(show), "m-quiet m-danger"));
}

function invite() {
  const email = field({ name: "email", label: "Email, if it is for one person", type: "email", autofocus: true, placeholder: "Anyone with the link" });
  const role = field({ name: "role", label: "Role", options: ROLES.filter(([each]) => each !== "owner" || me.role === "owner"), value: "member" });
  const box = openDialog("Invite", form({ fields: [email, role], action: "Create the link", cancel: () => box.close(), send: async (values) => {
    const made = await api.post("/api/invitations", { role: values.role, ...(values.email ? { email: values.email.trim() } : {}) });
    await copyText(made.url);
    box.close();
    toastOk("The link was copied", "Send it to the person you are inviting");
    show();
  } }).node);
}

function streamRow(each) {
  const kind = { demo: "Demo", pull: `Pulled · ${(each.source.url ?? "").split(":")[0]}`, push: "Published" }[each.source.kind];
  const who = { private: "private", organization: "organisation", unlisted: "by link", public: "public" }[each.visibility];
  const { badge, look, words } = stateOf(each);
  const isWell = ["healthy", "connecting", "never_on_air"].includes(each.state) && !each.reason;
  const trouble = isWell ? null : [words, each.reason && !words.includes(each.reason) ? each.reason : null].filter(Boolean).join(" · ");
  const more = h("button", { class: "m-btn m-quiet m-icon", type: "button", "aria-label": `More for ${each.name}`, "aria-haspopup": "menu", onclick: () => menu(more, [
    { label: "Watch", icon: "live", href: `/watch/${each.slug}` },
    each.publish_key ? { label: "Go live, and keys", icon: "camera", href: `/go-live/${each.slug}` } : null,
    me.is_admin || each.publish_key ? { label: "Stream health", icon: "clock", href: `/streams/${each.slug}` } : null,
    me.is_admin ? { label: "Edit", icon: "pencil", onclick: () => editStream(each, { onMade: show }) } : null,
    each.publish_key ? { label: "Publish key", icon: "key", onclick: () => showPublishKey(each, { onChange: show }) } : null,
    ["public", "unlisted"].includes(each.visibility) ? { label: "Open the public page", icon: "globe", href: `/live/${each.slug}` } : null,
    me.is_admin ? "-" : null,
    me.is_admin ? { label: "Delete", icon: "trash", danger: true, onclick: async () => { if (await confirmDialog(`Delete ${each.name}?`, "The stream ends at once and its buffer is lost. Its captures stay.", "Delete")) attempt(() => api.delete(`/api/streams/${each.id}`)).then(show); } } : null,
  ]) }, ic("more"));
  return h("li", { class: "m-li m-stream" },
    h("a", { class: "m-pic", href: `/watch/${each.slug}`, tabindex: -1, "aria-hidden": "true" }, each.window ? h("img", { src: each.poster_url, alt: "", onerror: (event) => event.target.remove() }) : null),
    h("div", { class: "m-grow" }, h("a", { class: "m-b m-cut", style: "display:block", href: `/watch/${each.slug}` }, each.name), h("div", { class: "m-sm m-2 m-cut", title: trouble || "" }, trouble || [kind, length(each.buffer_s * 1000), who].join(" · "))),
    h("span", { class: `m-badge ${look}` }, badge), more);
}

async function show() {
  const build = sections[section];
  if (!build) return; // rendered by the server
  try {
    root.replaceChildren(...(await build()));
  } catch (error) {
    root.replaceChildren(h("div", { class: "m-empty" }, h("span", { class: "m-bad" }, ic("warn", "l")), h("h1", {}, "This page failed to load"), h("p", {}, error.message), button("Try again", show, "m-solid m-big", "again")));
  }
}

const here = $(".m-snav [aria-current]");
here?.parentElement.scrollTo({ left: here.offsetLeft - 60 }); // on a phone the sections are a strip
show();
if (section === "streams") onEvent(({ kind = "" }) => { if (kind.startsWith("stream.") && !$("dialog[open]")) show(); });
