// The account menu: who is signed in, organisations, theme, settings, sign-out.
import { h } from "./dom.js";
import { api } from "./api.js";
import { menu } from "./dialog.js";
import { toastError } from "./toast.js";

const THEMES = [["dark", "Dark", "moon"], ["light", "Light", "sun"], ["system", "System", "screen"]];
const chosen = () => { try { return localStorage.getItem("moments.theme") ?? "dark"; } catch { return "dark"; } };

async function run(action) {
  try { await action(); } catch (error) { toastError(error); }
}

/** Open it under its button; `me` is what the page knows of the user. */
export function openAccountMenu(button, me) {
  const others = me.organizations.length > 1
    ? ["-", ...me.organizations.map(({ id, name }) => ({
      label: name, checked: id === me.organization_id,
      onclick: () => run(async () => { await api.post(`/api/organizations/${id}/switch`); location.assign("/live"); }),
    }))]
    : [];
  menu(button, [
    h("div", { class: "m-menuhead" }, h("div", { class: "m-b m-cut" }, me.name || me.email), h("div", { class: "m-sm m-3 m-cut" }, me.name ? me.email : ""), h("div", { class: "m-sm m-3 m-cut" }, `${me.organization}${me.role ? `, ${me.role}` : ""}`)),
    ...others,
    "-",
    ...THEMES.map(([value, label, icon]) => ({ label, icon, checked: chosen() === value, onclick: () => globalThis.momentsTheme(value) })),
    "-",
    { label: "Settings", icon: "settings", href: "/settings/profile" },
    { label: "Sign out", icon: "out", onclick: () => run(async () => { await api.post("/api/auth/sign-out"); location.assign("/sign-in"); }) },
  ], { label: "Account" });
}
