// A stream's public page and its embed: the same player as on the Watch page.
import { $, h } from "./dom.js";
import { mountWatch } from "./watch.js";
import { Grant } from "./grant.js";
import { Player } from "./player.js";
import { statusOf } from "./state.js";
import { Health } from "./health.js";

const root = $("#player");
const config = JSON.parse($("#player-config").textContent);
const watch = { stream: config.stream, hls_url: config.hls_url, whep_url: config.whep_url, status_url: config.status_url, frame_url: config.frame_url, may_capture: config.may_capture, expires_at: config.expires_at };

if ("embed" in root.dataset) {
  const grant = new Grant(config.watch_url, watch);
  let started = false;
  const player = new Player({ name: config.stream.name, bufferS: config.stream.buffer_s, status: statusOf(config.stream), still: $(".m-poster", root), grant: () => { const fresh = started; started = true; return grant.get({ fresh }); } });
  root.replaceChildren(player.node);
  const health = new Health({ player, bufferMs: config.stream.buffer_s * 1000, statusUrl: () => grant.now.status_url });
  health.start();
  player.start();
  player.node.querySelector(".m-name")?.replaceChildren(h("a", { href: root.dataset.page, target: "_blank", rel: "noopener", class: "m-b m-cut" }, config.stream.name));
} else {
  mountWatch(root, { slug: config.stream.slug, watch_url: config.watch_url, name: config.stream.name, watch, member: false, may_capture: config.may_capture, capture_urls: { snapshots: config.snapshot_url, clips: config.clip_url } });
}
