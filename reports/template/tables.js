// Tables: sorted by a click on a column's name, taken along as CSV, settings by what differs.
"use strict";
const contentOf = (cell) => cell.querySelector("data")?.value ?? cell.textContent.trim();

(() => {
  const known = (text) => (text === "–" ? "" : text);
  const numberOf = (text) => Number(text.replace(/[,%]/g, "").replace("−", "-"));
  const compare = (a, b) => {
    const difference = numberOf(a) - numberOf(b);
    return Number.isNaN(difference) ? a.localeCompare(b, "en", { numeric: true }) : difference;
  };
  const following = { none: "descending", descending: "ascending", ascending: "none" };
  const sortable = (table, names) => {
    const body = table.tBodies[0], original = Array.from(body.rows);
    for (const name of names.filter((cell) => cell.localName === "th")) {
      const sort = button("", "", () => {
        const order = following[name.getAttribute("aria-sort") ?? "none"];
        for (const other of names) other.removeAttribute("aria-sort");
        if (order !== "none") name.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const key = (row) => contentOf(row.cells[name.cellIndex]);
        const sorted = original.toSorted((a, b) =>  // what is missing stays below
          (key(a) === "–") - (key(b) === "–") || sign * compare(key(a), key(b)));
        body.append(...(order === "none" ? original : sorted));
      });
      sort.append(...name.childNodes);
      name.append(sort);
    }
  };
  const csvOf = (table) => {
    const parts = table.querySelector("[data-low]") ? 3 : 1;  // a value, the ends of its interval
    const fieldsOf = (cell) => {
      const content = contentOf(cell), { low, high } = cell.querySelector("data")?.dataset ?? {};
      const ends = cell.closest("thead") ? [`${content} low`, `${content} high`] : [low, high];
      const fields = [content, ...ends].slice(0, cell.cellIndex ? parts : 1);
      return Array(cell.colSpan).fill(fields).flat();
    };
    const quoted = (text = "") => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    return Array.from(table.rows, (row) =>
      `${Array.from(row.cells).flatMap(fieldsOf).map(known).map(quoted).join(",")}\n`).join("");
  };
  for (const box of all("main .scroll")) {
    const table = box.querySelector("table"), name = box.getAttribute("aria-label");
    if (!table.tHead || table.rows.length < table.tHead.rows.length + 2) continue;
    if (table.tHead.rows.length === 1) sortable(table, Array.from(table.tHead.rows[0].cells));
    const tools = document.createElement("p");
    tools.className = "tools";
    tools.append(
      copyButton("Copy CSV", `Copy CSV of ${name}`, () => csvOf(table)),
      button("Download CSV", `Download CSV of ${name}`, () => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([csvOf(table)], { type: "text/csv" }));
        link.download = `${name.toLowerCase().replace(" ", "-")}.csv`;
        link.click();
      }),
    );
    box.after(tools);
    if (table.matches(".settings")) {
      const label = document.createElement("label"), only = document.createElement("input");
      only.type = "checkbox";
      const reduce = () => {
        for (const row of table.tBodies[0].rows) {
          const differs = new Set(Array.from(row.querySelectorAll("td"), contentOf)).size > 1;
          row.hidden = only.checked && !differs;
        }
      };
      only.addEventListener("change", reduce);
      only.checked = true;
      reduce();
      label.append(only, " Only what differs");
      tools.prepend(label);
    }
    // What takes a table along comes first: of the columns any may be hidden.
    oneStop([...all("input, button", tools), ...all("th button", table)]);
  }
})();
