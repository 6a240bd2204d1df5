// Filters: tabs, text, and chips that name the active filters. All state is in the URL.
import { h, text } from "./dom.js";
import { ic } from "./icons.js";
import { api } from "./api.js";
import { menu, openDialog } from "./dialog.js";
import { field, form } from "./forms.js";
import { dayMonth, tally } from "./format.js";

const STATUS = [["recording", "Recording"], ["processing", "Processing"], ["ready", "Ready"], ["failed", "Failed"]];
const DELETED = ["deleted", "Deleted"];
const WHEN = [["today", "Today"], ["week", "This week"], ["month", "This month"]];

function whenRange(key) {
  const now = new Date();
  const start = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  if (key === "week") start.setDate(start.getDate() - ((start.getDay() + 6) % 7));
  if (key === "month") start.setDate(1);
  return { from: start.toISOString() };
}

export class Filters extends EventTarget {
  constructor({ me }) {
    super();
    this.me = me;
    const query = new URLSearchParams(location.search);
    this.state = {
      tab: ["clips", "snapshots", "shared"].includes(query.get("tab")) ? query.get("tab") : "clips",
      q: query.get("q") ?? "", stream: query.getAll("stream"), label: query.getAll("label"),
      when: query.get("when") ?? "", from: query.get("from") ?? "", to: query.get("to") ?? "",
      by: query.get("by") ?? "", status: query.get("status") ?? "",
    };
    this.names = { streams: new Map(), people: new Map() };
    this.labels = [];
    this.#build();
    this.#learn();
  }

  #build() {
    const tab = (key, label) => h("button", { type: "button", role: "tab", "data-tab": key, onclick: () => this.set({ tab: key, status: "" }) }, label, h("span"));
    this.tabs = h("div", { class: "m-tabs", role: "tablist", "aria-label": "What to show" }, tab("clips", "Clips"), tab("snapshots", "Snapshots"), tab("shared", "Shared"));
    this.tabs.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const all = [...this.tabs.children];
      const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
      next.focus();
      next.click();
    });
    let waiting;
    this.words = h("input", { type: "search", placeholder: "Title, note or label", "aria-label": "Search", value: this.state.q, oninput: () => { clearTimeout(waiting); waiting = setTimeout(() => this.set({ q: this.words.value.trim() }), 220); } });
    this.find = h("label", { class: "m-find m-gfind" }, ic("search", "s"), this.words, h("kbd", { class: "m-desk", "aria-hidden": "true" }, "/"));
    this.chips = h("div", { class: "m-chips", role: "group", "aria-label": "Filters" });
    this.node = h("div", {}, h("div", { class: "m-row m-ghead" }, this.tabs, h("span", { class: "m-grow" }), this.find), this.chips);
    addEventListener("keydown", (event) => {
      if (event.key === "/" && !event.target.closest?.("input,textarea,select,dialog")) { event.preventDefault(); this.words.focus(); }
    });
    this.draw();
  }

  /** The names of streams, people and labels, for the chips. */
  async #learn() {
    const quiet = (promise) => promise.catch(() => ({ items: [] }));
    const [streams, members] = await Promise.all([quiet(api.get("/api/streams?limit=100")), quiet(api.get("/api/members?limit=100")), this.learnLabels()]);
    this.names.streams = new Map(streams.items.map(({ slug, name }) => [slug, name]));
    this.names.people = new Map(members.items.map(({ user_id: id, name, email }) => [id, name || email]));
    this.draw();
  }

  async learnLabels() {
    try { this.labels = (await api.get("/api/gallery/labels?limit=100")).items; } catch { /** keep the known ones */ }
  }

  get labelNames() { return this.labels.map(({ label }) => label); }

  /** Which statuses a tab offers: only clips can be unfinished, and only members can restore. */
  get #statuses() {
    const { tab } = this.state;
    return [...(tab === "clips" ? STATUS : []), ...(tab !== "shared" && this.me.may_capture ? [DELETED] : [])];
  }

  get isDeleted() { return this.state.status === "deleted"; }

  set(change) {
    Object.assign(this.state, change);
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(this.state)) {
      for (const one of [value].flat()) if (one && !(key === "tab" && one === "clips")) query.append(key, one);
    }
    history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
    this.draw();
    this.dispatchEvent(new Event("change"));
  }

  get isFiltered() {
    const { q, stream, label, when, from, to, by, status } = this.state;
    return Boolean(q || stream.length || label.length || when || from || to || by || status);
  }

  clear() {
    this.words.value = "";
    this.set({ q: "", stream: [], label: [], when: "", from: "", to: "", by: "", status: "" });
  }

  /** The API's query; `tab` selects the list. */
  query({ counts = false } = {}) {
    const { tab, q, stream, label, when, from, to, by, status } = this.state;
    const query = new URLSearchParams();
    if (q) query.set("q", q);
    for (const one of stream) query.append("stream", one);
    for (const one of label) query.append("label", one);
    const range = when ? whenRange(when) : { from, to };
    if (range.from) query.set("from", range.from);
    if (range.to) query.set("to", range.to);
    if (by) query.set("created_by", by);
    if (counts) return query;
    if (tab === "shared") query.set("shared", "true");
    else query.set("kind", tab === "clips" ? "clip" : "snapshot");
    if (this.isDeleted) query.set("deleted", "true");
    else if (status && tab === "clips") query.set("status", status);
    return query;
  }

  setCounts(counts) {
    for (const { dataset, lastChild } of this.tabs.children) text(lastChild, counts ? tally(counts[dataset.tab], counts.estimates.includes(dataset.tab)) : "");
  }

  draw() {
    const { tab, stream, label, when, from, to, by, status } = this.state;
    for (const each of this.tabs.children) {
      each.setAttribute("aria-selected", String(each.dataset.tab === tab));
      each.tabIndex = each.dataset.tab === tab ? 0 : -1;
    }
    const chip = (name, on, glyph, open, clear) => h("button", { class: `m-chip${on ? " m-on" : ""}`, type: "button", "aria-haspopup": on ? undefined : "menu", "aria-label": on ? `${on}: remove this filter` : name, onclick: (event) => (on ? clear() : open(event.currentTarget)) }, on ? null : ic(glyph, "s"), on || name, on ? ic("close", "s") : null);
    const days = from || to ? [from, to].map((iso) => (iso ? dayMonth(Date.parse(iso)) : "…")).join(" – ") : "";
    this.chips.replaceChildren(...[
      chip("Stream", stream.map((slug) => this.names.streams.get(slug) ?? slug).join(", "), "live", (at) => this.#many(at, "stream", [...this.names.streams]), () => this.set({ stream: [] })),
      chip("When", WHEN.find(([key]) => key === when)?.[1] ?? days, "calendar", (at) => this.#pickWhen(at), () => this.set({ when: "", from: "", to: "" })),
      chip("Label", label.join(", "), "tag", (at) => this.#pickLabels(at), () => this.set({ label: [] })),
      chip("Captured by", by ? (by === this.me.id ? "By me" : this.names.people.get(by) ?? "Somebody") : "", "people", (at) => menu(at, [...(this.names.people.size ? [] : [[this.me.id, this.me.name]]), ...this.names.people].map(([id, name]) => ({ label: id === this.me.id ? `${name || this.me.email} (me)` : name, onclick: () => this.set({ by: id }) }))), () => this.set({ by: "" })),
      this.#statuses.length ? chip("Status", this.#statuses.find(([key]) => key === status)?.[1] ?? "", "clock", (at) => menu(at, this.#statuses.map(([key, name]) => ({ label: name, onclick: () => this.set({ status: key }) }))), () => this.set({ status: "" })) : null,
      this.isFiltered ? h("button", { class: "m-chip", type: "button", style: "border-color:transparent", onclick: () => this.clear() }, "Clear all") : null,
    ].filter(Boolean));
  }

  /** Several values of a list; the chip appears when the menu closes. */
  #many(anchor, key, options) {
    if (!options.length) { menu(anchor, [h("p", { class: "m-sm m-2", style: "padding:10px 12px" }, key === "label" ? "No labels yet. Add one to a capture to find it by." : "No streams yet.")]); return; }
    const chosen = new Set(this.state[key]);
    const rows = options.map(([value, name]) => {
      const box = h("input", { type: "checkbox", class: "m-switch", role: "switch" });
      box.checked = chosen.has(value);
      box.onchange = () => { if (box.checked) chosen.add(value); else chosen.delete(value); };
      return h("label", { class: "m-opt" }, h("span", { class: "m-grow m-cut" }, name), box);
    });
    const done = h("button", { role: "menuitem", type: "button", class: "m-b", onclick: () => { open?.close(); this.set({ [key]: [...chosen] }); } }, "Show");
    const open = menu(anchor, [...rows, "-", done]);
  }

  /** Labels change while the page is open. */
  async #pickLabels(anchor) {
    await this.learnLabels();
    this.#many(anchor, "label", this.labels.map(({ label, count }) => [label, `${label} (${count})`]));
  }

  #pickWhen(anchor) {
    menu(anchor, [...WHEN.map(([key, name]) => ({ label: name, onclick: () => this.set({ when: key, from: "", to: "" }) })), "-", { label: "Between two days…", onclick: () => this.#pickDays() }]);
  }

  #pickDays() {
    const first = field({ name: "first", label: "First day", type: "date", autofocus: true });
    const last = field({ name: "last", label: "Last day", type: "date" });
    const made = form({ fields: [first, last], layout: [h("div", { class: "m-two" }, first.node, last.node)], action: "Show", cancel: () => box.close(), send: ({ first: a, last: b }) => {
      const at = (value, more) => { if (!value) return ""; const date = new Date(`${value}T00:00`); date.setDate(date.getDate() + more); return date.toISOString(); };
      if (!a && !b) { first.fail("Choose at least one day."); return; }
      box.close();
      this.set({ when: "", from: at(a, 0), to: at(b, 1) });
    } });
    const box = openDialog("Between two days", made.node);
  }
}
