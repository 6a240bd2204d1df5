// When the server no longer knows a page (it was restarted, or the browser was away for too long),
// NiceGUI reloads it. Instead: fetch the page anew, and let Vue patch what differs. Elements keep
// their ids, because a page is always built in the same order: a player goes on playing.
(() => {
  const FORGOTTEN = "Implicit handshake failed";
  const AGAIN_MS = 2000; // while the server starts, or its database does
  let real;

  const wrapped = (url, options) => {
    const socket = real(url, options);
    const on = socket.on.bind(socket);
    socket.on = (name, listener) =>
      on(
        name,
        name === "connect_error"
          ? (error) => answer(error, listener, socket, options.query)
          : listener,
      );
    return socket;
  };
  // Its script comes after this one and sets a global function.
  Object.defineProperty(globalThis, "io", {
    configurable: true,
    get: () => wrapped,
    set: (value) => {
      real = value;
    },
  });

  async function answer(error, listener, socket, query) {
    if (error.message !== FORGOTTEN) return listener(error);
    try {
      await renew(socket, query);
    } catch (cause) {
      console.warn("This page is loaded anew:", cause);
      location.reload();
    }
    return undefined;
  }

  async function renew(socket, query) {
    const organization = document.querySelector('meta[name="moments-organization"]')?.getAttribute(
      "content",
    ); // another tab may have switched
    const headers = {
      accept: "text/html",
      ...(organization ? { "x-organization-id": organization } : {}),
    };
    const response = await fetch(location.href, { headers }).catch(() => null);
    if (!response || response.status >= 500) { // an error page would not come back by itself
      setTimeout(() => socket.connect(), AGAIN_MS);
      return;
    }
    if (response.redirected) {
      location.assign(response.url);
      return;
    }
    if (!response.ok) throw new Error(String(response.status));
    const page = read(await response.text());
    if (page.modules !== ownModules()) throw new Error("another version");
    await loadComponents(page.html);
    const elements = parseElements(page.elements);
    for (const element of Object.values(elements)) replaceUndefinedAttributes(element);
    Object.assign(globalThis, { clientId: page.id, nextMessageId: page.next, ackedMessageId: -1 });
    Object.assign(query, { client_id: page.id, next_message_id: page.next });
    mounted_app.elements = elements;
    globalThis.momentsRenewed = (globalThis.momentsRenewed ?? 0) + 1;
    socket.connect();
  }

  /** What a page's HTML hands to NiceGUI. */
  function read(html) {
    const part = (pattern) => {
      const found = pattern.exec(html);
      if (!found) throw new Error(`the page has no ${pattern}`);
      return found[1];
    };
    return {
      html,
      elements: part(/parseElements\(String\.raw`([\s\S]*?)`\)/),
      id: part(/'client_id': '([0-9a-f-]+)'/),
      next: Number(part(/'next_message_id': (\d+)/)),
      modules: part(/"moments\/": ?"([^"]+)"/),
    };
  }

  const ownModules = () =>
    JSON.parse(document.querySelector("script[type=importmap]").textContent).imports["moments/"];

  /** Load the components that this page had none of until now. */
  async function loadComponents(html) {
    const found = [
      ...html.matchAll(
        /import \{ default as (\w+) \} from \x22([^"]+)";\s*app\.component\("([^"]+)", \1\);/g,
      ),
    ];
    await Promise.all(found.map(async ([, , url, tag]) => {
      if (!app.component(tag)) app.component(tag, (await import(url)).default);
    }));
  }
})();
