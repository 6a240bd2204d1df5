// Runs before the first paint: dark, unless light or the system's theme was chosen.
(() => {
  const system = matchMedia("(prefers-color-scheme: light)");
  let choice = "dark";
  const apply = () => {
    try {
      choice = localStorage.getItem("moments.theme") ?? choice;
    } catch { /* storage is blocked: it applies to this page only */ }
    const light = choice === "light" || (choice === "system" && system.matches);
    document.documentElement.dataset.theme = light ? "light" : "dark";
    document.documentElement.style.colorScheme = light ? "light" : "dark";
  };
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  // The account menu shows the choice, and makes it.
  document.addEventListener("beforetoggle", (/** @type {any} */ { target }) => {
    const radio = target.querySelector(`[name=m-theme][value=${choice}]`);
    if (radio) radio.checked = true;
  }, true);
  document.addEventListener("change", (/** @type {any} */ { target }) => {
    if (target.name !== "m-theme") return;
    choice = target.value;
    try {
      localStorage.setItem("moments.theme", choice);
    } catch { /* as above */ }
    apply();
  });
})();
