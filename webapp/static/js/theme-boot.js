// Runs before the first paint: dark, unless light or the system's theme was chosen.
(() => {
  const system = matchMedia("(prefers-color-scheme: light)");
  const apply = () => {
    let choice = "dark";
    try {
      choice = localStorage.getItem("moments.theme") ?? "dark";
    } catch { /* storage is blocked */ }
    const light = choice === "light" || (choice === "system" && system.matches);
    document.documentElement.dataset.theme = light ? "light" : "dark";
    document.documentElement.style.colorScheme = light ? "light" : "dark";
  };
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  globalThis.momentsTheme = (choice) => {
    try {
      localStorage.setItem("moments.theme", choice);
    } catch { /** it applies to this page only */ }
    apply();
  };
})();
