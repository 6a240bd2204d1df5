// The account menu: who is signed in, organisations, theme, settings, sign-out.
import { dom } from "./dom.js";
import { menu } from "./dialog.js";

const THEMES = { dark: "moon", light: "sun", system: "screen" };
const chosen = () => {
  try {
    return localStorage.getItem("moments.theme") ?? "dark";
  } catch {
    return "dark";
  }
};

// The same page of another organisation, unless it is about something of this one.
const elsewhere =
  () => (/^\/(library|live|settings\/\w+)$/.test(location.pathname)
    ? location.pathname
    : "/library");

/** Post a form: its answer sets or ends the session's cookie. */
function post(action, values = {}) {
  const fields = Object.entries(values).map(([name, value]) =>
    dom`<input type="hidden" name=${name} value=${value} />`
  );
  const form = dom`<form method="post" action=${action} hidden>${fields}</form>`;
  document.body.append(form);
  form.submit();
}

/** Open it under its button; `me` is what the page knows of the user. */
export function openAccountMenu(button, me) {
  const others = me.organizations.length > 1
    ? [
      "-",
      ...me.organizations.map(({ id, name }) => ({
        label: name,
        checked: id === me.organization_id,
        onclick: () => post("/switch-organisation", { id, next: elsewhere() }),
      })),
    ]
    : [];
  menu(button, [
    dom`<div class="m-menuhead">
      <div class="m-b m-cut">${me.name || me.email}</div>
      <div class="m-sm m-3 m-cut">${me.name ? me.email : ""}</div>
      <div class="m-sm m-3 m-cut">${[me.organization, me.role].filter(Boolean).join(", ")}</div>
    </div>`,
    ...others,
    "-",
    ...Object.entries(THEMES).map(([value, icon]) => ({
      label: value[0].toUpperCase() + value.slice(1),
      icon,
      checked: chosen() === value,
      onclick: () => globalThis.momentsTheme(value),
    })),
    "-",
    { label: "Collections", icon: "library", href: "/collections" },
    { label: "Settings", icon: "settings", href: "/settings/profile" },
    { label: "Sign out", icon: "out", onclick: () => post("/sign-out") },
  ], { label: "Account" });
}
