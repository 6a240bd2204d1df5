// Sharing: links with an expiry and a password; listed, copied and revoked.
import { h, copyText } from "./dom.js";
import { ic } from "./icons.js";
import { api, capturePath } from "./api.js";
import { openDialog } from "./dialog.js";
import { field, form, toggle } from "./forms.js";
import { plural } from "./format.js";
import { toastError } from "./toast.js";

const EXPIRY = [["", "Never"], [3600, "In an hour"], [86_400, "In a day"], [604_800, "In 7 days"], [2_592_000, "In 30 days"]];

/** A button that copies and confirms it. */
export function copyButton(value, { label = "Copy link", solid = true } = {}) {
  const button = h("button", { class: `m-btn${solid ? " m-solid" : ""}`, type: "button", onclick: async () => {
    await copyText(typeof value === "function" ? value() : value);
    button.replaceChildren(ic("check", "s"), "Copied");
    setTimeout(() => button.replaceChildren(ic("link", "s"), label), 2000);
  } }, ic("link", "s"), label);
  return button;
}

/**
 * A form that creates a link with `send(body)`, and then shows the link in its place until
 * `done()`.
 */
function newLink(send, { made, done }) {
  const fields = [
    field({ name: "expires_in_s", label: "Expires", options: EXPIRY, value: 604_800 }),
    field({ name: "password", label: "Password (optional)", type: "password", autocomplete: "new-password", placeholder: "None" }),
    toggle({ name: "may_download", label: "Allow download", checked: true }),
  ];
  const { node } = form({
    fields, layout: [h("div", { class: "m-two" }, fields[0].node, fields[1].node), fields[2].node], action: "Create a link",
    send: async ({ expires_in_s: expiry, password, may_download }) => {
      const link = await send({ ...(expiry ? { expires_in_s: Number(expiry) } : {}), ...(password ? { password } : {}), may_download });
      await copyText(link.share_url);
      const copy = copyButton(link.share_url);
      // As tall as the form, with Copy where its button was: a second click hits nothing else.
      node.replaceWith(h("div", { class: "m-made", style: `min-height:${node.offsetHeight}px` },
        h("p", { class: "m-2", role: "status" }, `The link was copied. Anyone who has it${link.has_password ? " and the password" : ""} can open it.`),
        h("input", { class: "m-input", readonly: true, value: link.share_url, "aria-label": "Link", onfocus: (event) => event.target.select() }),
        h("div", { class: "m-dfoot" }, h("button", { class: "m-btn", type: "button", onclick: done }, "Done"), copy)));
      copy.focus();
      made?.(link);
    },
  });
  return node;
}

function about(link) {
  const parts = [link.expires_at ? `expires ${new Date(link.expires_at).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" })}` : "never expires"];
  if (link.has_password) parts.push("with a password");
  if (!link.may_download) parts.push("no download");
  parts.push(plural(link.views, "view"));
  return parts.join(" · ");
}

/** The links of one capture, as part of a page or dialog; calls `onChange()` after a change. */
export function sharePanel(item, { onChange } = {}) {
  const path = `${capturePath(item)}/share`;
  const list = h("ul", { class: "m-links" });
  const summary = h("summary", { class: "m-link m-sm" }, "New link");
  const more = h("details", { class: "m-sharemore" });
  function renew() {
    more.replaceChildren(summary, newLink((body) => api.post(path, body), { made: onChange, done: () => { more.open = false; summary.focus(); renew(); load(); } }));
  }
  async function load() {
    try {
      const { items } = await api.get(path);
      draw(items);
    } catch (error) { toastError(error); }
  }
  function draw(links) {
    summary.textContent = links.length ? "Another link" : "Share with a link";
    list.replaceChildren(...links.map((link) => h("li", {},
      h("div", { class: "m-grow" }, h("a", { class: "m-link m-sm m-cut", style: "display:block", href: link.share_url, target: "_blank", rel: "noopener" }, link.share_url.replace(/^https?:\/\//, "")), h("span", { class: "m-xs m-3" }, about(link))),
      h("button", { class: "m-btn m-quiet m-icon", type: "button", "aria-label": "Copy link", title: "Copy link", onclick: async (event) => { const { currentTarget } = event; await copyText(link.share_url); currentTarget.replaceChildren(ic("check")); setTimeout(() => currentTarget.replaceChildren(ic("copy")), 1800); } }, ic("copy")),
      h("button", { class: "m-btn m-quiet m-icon m-danger", type: "button", "aria-label": "Revoke link", title: "Revoke: it stops working within a minute", onclick: async () => {
        try { await api.delete(`${path}/${link.token}`); await load(); onChange?.(); } catch (error) { toastError(error); }
      } }, ic("trash")))));
  }
  renew();
  load();
  return h("section", { class: "m-share", "aria-label": "Sharing" }, h("h3", {}, "Links"), list, more);
}

/** One link to several captures. */
export function shareMany(ids) {
  const box = openDialog(`Share ${plural(ids.length, "capture")}`, newLink((body) => api.post("/api/gallery/share", { ids, ...body }), { done: () => box.close() }));
}

/** A public stream's page. */
export function shareStream(stream, url) {
  const embed = `<iframe src="${url}/embed" width="640" height="360" allow="autoplay; fullscreen" style="border:0"></iframe>`;
  const row = (label, value) => h("div", { class: "m-field" }, h("span", { class: "m-label" }, label), h("div", { class: "m-row m-t" }, h("input", { class: "m-input", readonly: true, value, "aria-label": label, onfocus: (event) => event.target.select() }), copyButton(value, { label: "Copy", solid: label === "Link" })));
  openDialog(`Share ${stream.name}`, h("div", { class: "m-form" }, h("p", { class: "m-2" }, stream.visibility === "public" ? "Anyone can watch this stream." : "Anyone with this link can watch; it is not listed anywhere."), row("Link", url), row("Embed code", embed)));
}
