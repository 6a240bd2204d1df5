// Runs before the first paint: the theme that was chosen, else the system's.
(() => {
  const system = matchMedia("(prefers-color-scheme: light)");
  const apply = () => {
    let choice = "system";
    try { choice = localStorage.getItem("moments.theme") ?? "system"; } catch { /* storage is blocked */ }
    const light = choice === "light" || (choice === "system" && system.matches);
    document.documentElement.dataset.theme = light ? "light" : "dark";
    document.documentElement.style.colorScheme = light ? "light" : "dark";
  };
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  globalThis.momentsTheme = (choice) => {
    try { localStorage.setItem("moments.theme", choice); } catch { /* it lasts for this page */ }
    apply();
  };
})();
