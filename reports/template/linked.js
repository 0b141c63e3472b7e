// What is chosen once is followed everywhere: versions by figures, tables and faces, the epoch by
// the curves. The address holds both, to be kept or sent.
"use strict";
(() => {
  const chooser = document.querySelector(".chooser");
  const epochs = document.querySelector(".epochs [name=epoch]");
  const boxes = chooser ? all("[name=version]", chooser) : [];
  const names = new Set(boxes.map((box) => box.value));

  // Rows and columns that a version heads belong to it.
  const parts = all("[data-version]").map((part) => [part, part.dataset.version]);
  for (const table of names.size ? all("main table") : []) {
    if (table.tHead?.rows.length !== 1) continue;
    const heads = Array.from(table.tHead.rows[0].cells, contentOf);
    for (const row of table.tBodies[0].rows) {
      const name = contentOf(row.cells[0]);
      if (names.has(name)) parts.push([row, name]);
    }
    heads.forEach((name, column) => {
      if (column && names.has(name)) {
        for (const row of table.rows) parts.push([row.cells[column], name]);
      }
    });
  }

  const shown = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const show = () => {
    const chosen = new Set(shown());
    for (const [part, name] of parts) {
      part.classList.toggle("unchosen", names.has(name) && !chosen.has(name));
    }
    if (!epochs) return;
    const texts = JSON.parse(epochs.dataset.texts);
    const back = Number(texts[epochs.value]) - Number(texts.at(-1));
    for (const mark of all(".epoch-mark")) {
      const step = Number(mark.closest("svg").dataset.step);
      mark.setAttribute("transform", `translate(${back * step} 0)`);
    }
  };
  const keep = () => {
    const state = new URLSearchParams();
    if (shown().length < boxes.length) state.set("versions", shown().join(" "));
    if (epochs && epochs.value !== epochs.max) state.set("epoch", epochs.value);
    history.replaceState(null, "", state.size ? `#${state}` : location.pathname);
  };
  const restore = () => {
    if (!location.hash.includes("=")) return;
    const state = new URLSearchParams(location.hash.slice(1));
    const versions = state.get("versions")?.split(" ");
    if (versions?.some((name) => names.has(name))) {
      for (const box of boxes) box.checked = versions.includes(box.value);
    }
    if (epochs && /^\d+$/.test(state.get("epoch") ?? "")) {
      epochs.value = state.get("epoch");
      epochs.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  if (chooser) {
    oneStop([...boxes, ...all("button", chooser)]);
    chooser.addEventListener("input", () => { show(); keep(); });
    for (const preset of all("[data-choose]", chooser)) {
      preset.addEventListener("click", () => {
        const chosen = preset.dataset.choose.split(" ");
        for (const box of boxes) box.checked = chosen.includes(box.value);
        show();
        keep();
      });
    }
  }
  epochs?.addEventListener("input", () => { show(); keep(); });
  restore();
  addEventListener("hashchange", () => { restore(); show(); });
  show();
})();
