// What pages have beside the browser's own objects.

/** Vue, which NiceGUI loads for its components, and what NiceGUI's own script declares. */
// deno-lint-ignore-file no-explicit-any
declare const Vue: any;
declare const app: any;
declare const mounted_app: any;
declare function parseElements(raw: string): Record<string, any>;
declare function replaceUndefinedAttributes(element: any): void;

/** Our modules tell each other what happens by `CustomEvent`s. */
interface Event {
  readonly detail: any;
}
