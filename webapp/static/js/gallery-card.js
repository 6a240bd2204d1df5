// A gallery card: image, title, one line of metadata. Only states other than ready are shown.
import { h, text } from "./dom.js";
import { ic } from "./icons.js";
import { dayMonth, fullTime, hourMinute, seconds, titleOf } from "./format.js";
import { menu } from "./dialog.js";

/** `on`: `{open(id), select(id, event), menu(item), retry(item), restore(item), keptUntil(item), refresh(item)}`. */
export function captureCard(item, on) {
  let now = item;
  const image = h("img", { alt: "", loading: "lazy", decoding: "async" });
  const check = h("button", { class: "m-check", type: "button", "aria-pressed": "false", onclick: (event) => on.select(now.id, event) }, ic("check", "s"));
  const badge = h("span", { class: "m-badge m-onpic" });
  const over = h("div", { class: "m-ov", hidden: true });
  const bar = h("i", { class: "m-pb", hidden: true });
  const title = h("span", { class: "m-b m-cut" });
  const meta = h("div", { class: "m-sm m-3 m-cut" });
  const more = h("button", { class: "m-more", type: "button", "aria-haspopup": "menu", onclick: () => menu(more, on.menu(now)) }, ic("more"));
  const link = h("button", { class: "m-gopen", type: "button", onclick: (event) => (event.ctrlKey || event.metaKey || event.shiftKey || document.body.classList.contains("m-selecting") ? on.select(now.id, event) : on.open(now.id)) });
  const node = h("figure", { class: "m-gc", "data-id": item.id },
    h("div", { class: "m-pic" }, image, link, over, bar, h("span", { class: "m-at-tl" }, check), h("span", { class: "m-at-br" }, badge)),
    h("figcaption", {}, h("div", { class: "m-row m-t" }, h("span", { class: "m-grow m-cut" }, title), more), meta));
  let tried = 0;
  image.onerror = () => { image.style.opacity = 0; if (tried < 2 && image.src) { tried += 1; on.refresh(now); } };
  image.onload = () => { image.style.opacity = 1; };

  function update(next) {
    now = next;
    const isClip = now.kind === "clip";
    const name = titleOf(now);
    const picture = isClip ? now.preview_url : now.thumbnail_url;
    if (picture && image.dataset.for !== picture.split("?")[0] + tried) { image.dataset.for = picture.split("?")[0] + tried; image.src = picture; }
    text(title, name);
    const at = Date.parse(isClip ? now.start_ts : now.timestamp);
    text(meta, (now.deleted_at
      ? [`Kept until ${dayMonth(on.keptUntil(now))}`, now.stream?.name]
      : [now.stream?.name, hourMinute(at), now.share_url ? "shared" : null]).filter(Boolean).join(" · "));
    node.title = fullTime(at);
    badge.hidden = now.deleted_at || (isClip && now.status !== "ready");
    badge.replaceChildren(isClip ? seconds(now.duration_ms) : ic("camera", "s"));
    check.setAttribute("aria-label", `Select ${name}`);
    more.setAttribute("aria-label", `More for ${name}`);
    link.setAttribute("aria-label", `Open ${name}`);
    link.hidden = Boolean(now.deleted_at);
    drawState();
  }

  function drawState() {
    const { status, deleted_at: deletedAt } = now;
    over.hidden = !deletedAt && (now.kind !== "clip" || status === "ready");
    bar.hidden = deletedAt || status !== "recording";
    if (over.hidden) return;
    over.classList.toggle("m-failed", status === "failed");
    if (deletedAt) {
      over.replaceChildren(h("button", { class: "m-btn m-onpicbtn", type: "button", onclick: () => on.restore(now) }, ic("again", "s"), "Restore"));
    } else if (status === "recording") {
      const end = Date.parse(now.requested_end_ts ?? now.end_ts);
      const start = Date.parse(now.created_at);
      const left = Math.ceil((end - Date.now()) / 1000);
      bar.style.width = `${Math.max(2, Math.min(100, ((Date.now() - start) / Math.max(1, end - start)) * 100))}%`;
      over.replaceChildren(h("span", { class: "m-badge m-live" }, "Recording"), h("b", {}, left > 0 ? `${left} s left` : "Finishing"));
    } else if (status === "processing") {
      over.replaceChildren(h("span", { class: "m-ring m-spin", style: "width:30px;height:30px" }), h("b", {}, "Processing"));
    } else {
      over.replaceChildren(h("span", { style: "color:#ff9aa4;display:grid" }, ic("warn", "l")), h("b", { class: "m-ovwhy" }, now.error ?? "The source stopped"),
        h("button", { class: "m-btn m-onpicbtn", type: "button", onclick: () => on.retry(now) }, ic("again", "s"), "Keep what was recorded"));
    }
  }

  update(item);
  return {
    node, update,
    setSelected(yes) {
      node.classList.toggle("m-picked", yes);
      check.setAttribute("aria-pressed", String(yes));
    },
  };
}
