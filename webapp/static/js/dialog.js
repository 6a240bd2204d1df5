// Dialogs and menus. The browser itself keeps a dialog's focus, gives it back, and closes it by Escape.
import { dom } from "./dom.js";
import { ic } from "./icons.js";

let number = 0;

/** Open a dialog; what has `autofocus` gets the focus, which goes back when it closes. */
export function openDialog(title, content) {
  const id = `m-d${++number}`;
  const dialog = dom`<dialog class="m-dialog m-float" aria-labelledby=${id}>
    <div class="m-dhead">
      <h2 id=${id} class="m-cut">${title}</h2>
      <button class="m-btn m-quiet m-icon" type="button" aria-label="Close"
        onclick=${() => dialog.close()}>
        ${ic("close")}
      </button>
    </div>
    <div class="m-dbody">${content}</div>
  </dialog>`;
  dialog.addEventListener("close", () => dialog.remove());
  // A press on the backdrop closes; a drag that began inside does not.
  let pressed = false;
  dialog.addEventListener("pointerdown", (event) => {
    pressed = event.target === dialog;
  });
  dialog.addEventListener("click", (event) => {
    if (pressed && event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** A menu under a button. Items: `{label, icon, onclick, danger, checked}`, "-", or an element. */
export function menu(anchor, items, { label = undefined } = {}) {
  const open = anchor.popoverTargetElement;
  if (open) {
    anchor.popoverTargetElement = null; // or the browser would show it again
    open.hidePopover();
    return undefined;
  }
  const list = dom`<div class="m-menu m-float" role="menu" popover="auto"
    aria-label=${label ?? anchor.getAttribute("aria-label") ?? anchor.textContent} />`;
  const close = () => list.hidePopover();
  for (const item of items) list.append(row(item, close));
  // A modal dialog makes everything outside it inert.
  (anchor.closest("dialog") ?? document.body).append(list);
  list.showPopover();
  place(list, anchor);
  list.addEventListener("keydown", (event) => onKey(event, list, close));
  addEventListener("resize", close, { once: true });
  list.addEventListener("toggle", ({ newState }) => {
    const isOpen = newState === "open";
    anchor.popoverTargetElement = isOpen ? list : null; // a press on it is none outside
    anchor.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) return;
    removeEventListener("resize", close);
    list.remove();
  });
  (list.querySelector("input") ?? list.querySelector("[role^=menuitem]"))?.focus();
  return { close, list };
}

function row(item, close) {
  if (item === "-") return dom`<hr />`;
  if (item instanceof Node) return item;
  const role = item.checked === undefined ? "menuitem" : "menuitemradio";
  const press = () => {
    close();
    item.onclick?.();
  };
  return dom`<${item.href ? "a" : "button"} role=${role} class=${item.danger ? "m-danger" : ""}
    type=${item.href ? undefined : "button"} href=${item.href} tabindex="-1"
    download=${item.download}
    aria-checked=${item.checked === undefined ? undefined : String(item.checked)}
    onclick=${press}>
    ${item.icon ? ic(item.icon) : null}
    <span class="m-cut">${item.label}</span>
  <//>`;
}

function onKey(event, list, close) {
  const rows = [...list.querySelectorAll("[role^=menuitem]")];
  const at = rows.indexOf(document.activeElement);
  const go = {
    ArrowDown: at + 1,
    ArrowUp: at < 0 ? rows.length - 1 : at - 1,
    Home: 0,
    End: rows.length - 1,
  }[event.key];
  if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    close();
  } else if (
    go !== undefined && rows.length &&
    !(event.target.matches("input") && ["Home", "End"].includes(event.key))
  ) {
    event.preventDefault();
    rows[(go + rows.length) % rows.length].focus();
  }
}

function place(list, anchor) {
  const at = anchor.getBoundingClientRect();
  const size = list.getBoundingClientRect();
  const left = Math.max(12, Math.min(at.left, innerWidth - size.width - 12));
  const below = at.bottom + 6;
  const top = below + size.height > innerHeight - 12
    ? Math.max(12, at.top - size.height - 6)
    : below;
  list.style.left = `${left}px`;
  list.style.top = `${top}px`;
}
