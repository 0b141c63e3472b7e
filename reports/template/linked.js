// What is chosen once is followed everywhere: versions by figures, tables and faces, the epoch by
// the curves. What was chosen last stands in the address, to be kept or sent.
"use strict";
(() => {
  const chooser = document.querySelector(".chooser");
  const epochs = document.querySelector(".epochs [name=epoch]");
  const boxes = chooser ? all("[name=version]", chooser) : [];
  const names = new Set(boxes.map((box) => box.value));

  // Rows that a version heads belong to it, in tables of versions; elsewhere columns.
  const parts = all("[data-version]").map((part) => [part, part.dataset.version]);
  for (const table of names.size ? all("main table") : []) {
    const heads = Array.from(table.tHead?.rows ?? []).at(-1)?.cells ?? [];
    if (!heads.length) continue;
    if (contentOf(heads[0]) === "version") {
      for (const row of table.tBodies[0].rows) parts.push([row, contentOf(row.cells[0])]);
    } else if (table.tHead.rows.length === 1) {
      for (const head of heads) {
        for (const row of table.rows) parts.push([row.cells[head.cellIndex], contentOf(head)]);
      }
    }
  }

  const texts = epochs ? JSON.parse(epochs.dataset.texts) : [];
  const epochOf = () => Number(texts[epochs.value]);
  const shown = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const show = () => {
    const chosen = new Set(shown());
    for (const [part, name] of parts) {
      part.classList.toggle("unchosen", names.has(name) && !chosen.has(name));
    }
    if (!epochs) return;
    for (const mark of all(".epoch-mark")) {
      const { step, last } = mark.closest("svg").dataset;
      mark.setAttribute("transform", `translate(${(epochOf() - last) * step} 0)`);
    }
  };
  const keep = () => {
    const state = new URLSearchParams();
    if (shown().length < boxes.length) state.set("versions", shown().join(" "));
    if (epochs && epochs.value !== epochs.max) state.set("epoch", epochOf());
    history.replaceState(null, "", state.size ? `#${state}` : location.pathname);
  };
  const restore = () => {
    if (!location.hash.includes("=")) return;  // the name of a part of the page
    const state = new URLSearchParams(location.hash.slice(1));
    const versions = state.get("versions")?.split(" ");  // all, where none are named
    for (const box of boxes) box.checked = versions?.includes(box.value) ?? true;
    if (!epochs) return;
    const place = texts.indexOf(state.get("epoch"));
    epochs.value = place < 0 ? epochs.max : place;
    epochs.dispatchEvent(new Event("input", { bubbles: true }));
  };

  if (chooser) {
    for (const control of all("[hidden]", chooser)) control.hidden = false;
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
