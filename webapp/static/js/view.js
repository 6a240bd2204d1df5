// The templating of NiceGUI's components: view`<div class="x" onClick=${press}>${child}</div>`.
// @ts-types="./htm.d.ts"
import htm from "../vendor/htm/htm.module.js";

export const view = htm.bind(function (type, props, ...children) {
  this[0] = 3; // each time a new one
  return Vue.h(type, props, children.length ? children.flat() : undefined);
});
