// The gallery: all captures, by day, loaded on scroll, updated by events.
import { $, h, announce } from "./dom.js";
import { EMPTY_ART, ic } from "./icons.js";
import { api } from "./api.js";
import { Filters } from "./gallery-filters.js";
import { Selection } from "./gallery-selection.js";
import { captureCard } from "./gallery-card.js";
import { openDetail } from "./detail.js";
import { day, plural, tally } from "./format.js";
import { onEvent, onReconnect } from "./events.js";
import { toast, toastError, toastOk } from "./toast.js";

const PAGE = 48;
const DAY_MS = 86_400_000;
const instant = (item) => Date.parse(item.created_at);

class Gallery {
  constructor(root) {
    this.root = root;
    const { me, retention_days: keptDays } = JSON.parse(root.dataset.gallery);
    Object.assign(this, { me, keptDays });
    this.readonly = !this.me.may_capture;
    root.classList.toggle("m-readonly", this.readonly);
    this.filters = new Filters({ me: this.me });
    this.items = new Map();
    this.cards = new Map();
    this.days = new Map();
    this.body = h("div", { class: "m-days", "aria-live": "off" });
    this.sentinel = h("div", { class: "m-sentinel" });
    this.selection = new Selection({ items: this.items, remove: (ids) => this.remove(ids), restore: (ids) => this.restore(ids), changed: () => this.markSelected(), updated: (item) => this.put(item) });
    root.replaceChildren(this.filters.node, this.body, this.sentinel);
    document.body.append(this.selection.bar);
    this.filters.addEventListener("change", () => this.reload());
    new IntersectionObserver(([entry]) => { if (entry.isIntersecting) this.more(); }, { rootMargin: "900px" }).observe(this.sentinel);
    onEvent((event) => this.hear(event));
    onReconnect(() => this.reload({ keep: true }));
    addEventListener("keydown", (event) => { if (event.key === "Escape" && !$("dialog[open]") && !$(".m-menu")) this.selection.clear(); });
    this.tick = setInterval(() => { for (const [id, card] of this.cards) if (this.items.get(id)?.status === "recording") card.update(this.items.get(id)); }, 1000);
  }

  async reload({ keep = false } = {}) {
    this.run = (this.run ?? 0) + 1;
    this.cursor = "";
    this.loading = false;
    if (!keep) { this.selection.clear(); this.skeleton(); }
    this.counts();
    await this.more({ fresh: true });
  }

  skeleton() {
    const shape = () => h("div", {}, h("div", { class: "m-skel", style: "aspect-ratio:16/9;border-radius:14px" }), h("div", { class: "m-skel", style: "height:15px;width:62%;margin-top:12px" }), h("div", { class: "m-skel", style: "height:13px;width:40%;margin-top:8px" }));
    this.body.replaceChildren(h("div", { class: "m-ggrid", style: "margin-top:54px", "aria-hidden": "true" }, Array.from({ length: 8 }, shape)));
  }

  async counts() {
    try { this.filters.setCounts(await api.get(`/api/gallery/counts?${this.filters.query({ counts: true })}`)); } catch { /** tabs work without counts */ }
  }

  async more({ fresh = false } = {}) {
    if (this.loading || this.cursor === null) return;
    this.loading = true;
    const { run } = this;
    try {
      const query = this.filters.query();
      query.set("limit", PAGE);
      if (this.cursor) query.set("cursor", this.cursor);
      const page = await api.get(`/api/gallery?${query}`);
      if (run !== this.run) return;
      if (fresh) { this.items.clear(); this.cards.clear(); this.days.clear(); this.body.replaceChildren(); }
      this.cursor = page.next_cursor ?? null;
      for (const item of page.items) this.put(item);
      if (fresh) { this.empty(); announce(page.total_is_estimate ? `${tally(page.total, true)} captures` : plural(page.total, "capture")); }
    } catch (error) {
      if (run !== this.run) return;
      this.failed(error);
    } finally {
      if (run === this.run) this.loading = false;
    }
    // A short page on a tall screen: the sentinel has not moved, so nothing would load more.
    if (run === this.run && this.cursor !== null && this.sentinel.getBoundingClientRect().top < innerHeight + 900) this.more();
  }

  /** Insert or update a capture. */
  put(item) {
    this.items.set(item.id, { ...this.items.get(item.id), ...item });
    const now = this.items.get(item.id);
    const known = this.cards.get(item.id);
    if (known) { known.update(now); return; }
    const card = captureCard(now, { open: (id) => this.open(id), select: (id, event) => this.select(id, event), menu: (each) => this.actions(each), retry: (each) => this.retry(each), restore: (each) => this.restore([each.id]), keptUntil: (each) => Date.parse(each.deleted_at) + this.keptDays * DAY_MS, refresh: (each) => this.refresh(each) });
    this.cards.set(item.id, card);
    const section = this.section(day(instant(now)), instant(now));
    const after = [...section.grid.children].find((node) => Number(node.dataset.at) < instant(now));
    card.node.dataset.at = instant(now);
    section.grid.insertBefore(card.node, after ?? null);
    this.countDay(section);
    this.body.querySelector(".m-empty")?.remove();
  }

  section(name, at) {
    let section = this.days.get(name);
    if (!section) {
      section = { at, grid: h("div", { class: "m-ggrid" }), count: h("span", { class: "m-3 m-sm" }) };
      section.node = h("section", { "aria-label": name }, h("div", { class: "m-row m-day" }, h("h2", {}, name), section.count), section.grid);
      section.node.dataset.at = at;
      this.days.set(name, section);
      const after = [...this.body.children].find((node) => Number(node.dataset.at) < at);
      this.body.insertBefore(section.node, after ?? null);
    }
    return section;
  }

  countDay(section) {
    const count = section.grid.children.length;
    const word = { clips: "clip", snapshots: "snapshot", shared: "capture" }[this.filters.state.tab];
    section.count.textContent = plural(count, word);
    if (!count) { section.node.remove(); for (const [name, each] of this.days) if (each === section) this.days.delete(name); }
  }

  drop(id) {
    const card = this.cards.get(id);
    this.items.delete(id);
    this.cards.delete(id);
    this.selection.drop(id);
    if (!card) return;
    const section = [...this.days.values()].find(({ grid }) => grid.contains(card.node));
    card.node.remove();
    if (section) this.countDay(section);
    this.empty();
  }

  empty() {
    if (this.items.size) return;
    const filtered = this.filters.isFiltered;
    const { tab } = this.filters.state;
    const [title, detail] = filtered
      ? ["No matches", "No capture matches all of these filters."]
      : tab === "shared"
        ? ["Nothing shared yet", "Copy the link of a clip or snapshot, and it is listed here until the link expires."]
        : ["Nothing captured yet", "Every stream keeps its last minutes. When something happens, open the stream and capture it."];
    this.body.replaceChildren(h("div", { class: "m-empty" }, h("div", { html: EMPTY_ART, style: "display:contents" }), h("h1", {}, title), h("p", {}, detail),
      filtered ? h("button", { class: "m-btn m-solid m-big", type: "button", onclick: () => this.filters.clear() }, "Clear filters") : h("a", { class: "m-btn m-solid m-big", href: "/live" }, ic("live"), "Watch live"),
      filtered ? null : h("div", { class: "m-row m-sm m-3 m-desk", style: "gap:18px" }, [["S", "Snapshot"], ["C", "Clip"], ["?", "All shortcuts"]].map(([key, label]) => h("span", { class: "m-row m-t" }, h("kbd", {}, key), label)))));
  }

  failed(error) {
    if (this.items.size) { toastError(error, [h("button", { class: "m-btn m-solid", type: "button", onclick: () => this.more() }, "Try again")]); return; }
    this.body.replaceChildren(h("div", { class: "m-empty" }, h("span", { class: "m-bad" }, ic("warn", "l")), h("h1", {}, "The gallery does not respond"), h("p", {}, error.message), h("button", { class: "m-btn m-solid m-big", type: "button", onclick: () => this.reload() }, ic("again"), "Try again")));
  }

  select(id, event) {
    if (this.readonly) { this.open(id); return; }
    if (event?.shiftKey && this.lastSelected) {
      const order = [...this.body.querySelectorAll(".m-gc")].map((node) => node.dataset.id);
      const [from, to] = [order.indexOf(this.lastSelected), order.indexOf(id)].sort((a, b) => a - b);
      this.selection.add(order.slice(from, to + 1));
    } else {
      this.selection.toggle(id);
    }
    this.lastSelected = id;
  }

  markSelected() {
    for (const [id, card] of this.cards) card.setSelected(this.selection.has(id));
    document.body.classList.toggle("m-selecting", this.selection.size > 0);
  }

  actions(item) {
    const select = { label: this.selection.has(item.id) ? "Deselect" : "Select", icon: "check", onclick: () => this.select(item.id) };
    if (item.deleted_at) return [{ label: "Restore", icon: "again", onclick: () => this.restore([item.id]) }, select];
    const path = `/api/${item.kind}s/${item.id}`;
    const ready = item.kind === "snapshot" || item.status === "ready";
    return [
      { label: "Open", icon: "eye", onclick: () => this.open(item.id) },
      ready ? { label: "Download", icon: "download", href: `${path}/download`, download: item.file_name } : null,
      ...(this.readonly ? [] : [
        select,
        "-",
        { label: "Delete", icon: "trash", danger: true, onclick: () => this.remove([item.id]) },
      ]),
    ];
  }

  async open(id) {
    const query = new URLSearchParams(location.search);
    query.set("open", id);
    history.replaceState(null, "", `?${query}`);
    this.detail?.box.close();
    this.detail = await openDetail(id, {
      readonly: this.readonly,
      labels: this.filters.labelNames,
      changed: (item) => { if (this.items.has(item.id)) this.put(item); },
      shared: (item) => this.refresh(item),
      remove: (item) => this.remove([item.id]),
      made: (item) => { if (this.filters.state.tab !== "snapshots") this.put(item); this.counts(); },
      open: (other) => this.open(other),
      go: (step) => this.step(id, step),
      closed: () => {
        const rest = new URLSearchParams(location.search);
        rest.delete("open");
        history.replaceState(null, "", `${location.pathname}${rest.size ? `?${rest}` : ""}`);
        this.detail = undefined;
      },
    });
  }

  step(id, by) {
    const order = [...this.body.querySelectorAll(".m-gc")].map((node) => node.dataset.id);
    const next = order[order.indexOf(id) + by];
    if (next) this.open(next);
  }

  async retry(item) {
    try { this.put(await api.post(`/api/clips/${item.id}/retry`)); } catch (error) { toastError(error); }
  }

  /** Reload one capture: its signed URLs have expired, or it was changed elsewhere. */
  async refresh(item) {
    if (item.deleted_at) return;
    try { this.put(await api.get(`/api/${item.kind}s/${item.id}`, { quiet: true })); } catch (error) { if (error.status === 404) this.drop(item.id); }
  }

  async remove(ids) {
    try {
      await api.post("/api/gallery/delete", { ids });
    } catch (error) { toastError(error); return; }
    for (const id of ids) this.drop(id);
    this.counts();
    const undo = h("button", { class: "m-btn m-solid", type: "button", onclick: () => { undo.disabled = true; this.restore(ids); } }, "Undo");
    toast({ title: ids.length === 1 ? "Deleted" : `${ids.length} deleted`, detail: `Kept for ${plural(this.keptDays, "day")}, under Status: Deleted`, actions: [undo] });
  }

  async restore(ids) {
    try {
      await api.post("/api/gallery/restore", { ids });
    } catch (error) { toastError(error); return; }
    for (const id of ids) this.selection.drop(id);
    toastOk(ids.length === 1 ? "Restored" : `${ids.length} restored`);
    await this.reload({ keep: true });
  }

  async hear({ kind = "", payload = {} }) {
    const [what, how] = kind.split(".");
    if (!["clip", "snapshot"].includes(what) || !payload.id) return;
    if (how === (this.filters.isDeleted ? "restored" : "deleted")) { if (this.items.has(payload.id)) this.drop(payload.id); this.counts(); return; }
    const { tab } = this.filters.state;
    if (!this.items.has(payload.id) && (tab === "shared" || tab !== `${what}s` || this.filters.isFiltered)) { this.counts(); return; }
    try {
      const item = await api.get(`/api/${what}s/${payload.id}`, { quiet: true });
      this.put(item);
      if (this.detail?.item.id === item.id) this.detail.update(item);
    } catch { /** deleted meanwhile */ }
    if (how !== "updated") this.counts();
  }
}

const gallery = new Gallery($("#m-gallery"));
gallery.reload();
const wanted = new URLSearchParams(location.search).get("open");
if (wanted) gallery.open(wanted);
