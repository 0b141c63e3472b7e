// The page is whole without this: it copies code, marks the current section, sorts and exports
// tables, and turns grids of frames into players.
"use strict";
(() => {
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const contents = document.querySelector(".contents details");
  const wide = matchMedia("(min-width: 64rem)");
  const button = (text, label, pressed) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    if (label) made.setAttribute("aria-label", label);
    made.addEventListener("click", () => pressed(made));
    return made;
  };
  const copyButton = (text, label, contentOf) => button(text, label, async (pressed) => {
    try {
      await navigator.clipboard.writeText(contentOf());
    } catch {  // as in a page that some browsers open from disk
      const area = document.createElement("textarea");
      area.value = contentOf();
      pressed.after(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      pressed.focus();
    }
    pressed.textContent = "Copied";
    pressed.setAttribute("aria-label", "Copied");  // what has the focus is read out anew
    setTimeout(() => {
      pressed.textContent = text;
      pressed.setAttribute("aria-label", label);
    }, 2000);
  });

  // Contents: always open at the side; on a narrow screen, closed once a section is chosen.
  const fold = () => { contents.open = wide.matches; };
  fold();
  wide.addEventListener("change", fold);
  contents.addEventListener("click", (event) => { if (event.target.closest("a")) fold(); });

  // The current section is the last one whose heading has passed the top of the window.
  const links = new Map(all(".contents a").map((a) => [a.getAttribute("href").slice(1), a]));
  const headings = all("main :is(h1, h2, h3)[id]").filter((h) => links.has(h.id));
  let current, waiting = false;
  const mark = () => {
    waiting = false;
    const passed = headings.filter((h) => h.getBoundingClientRect().top < innerHeight / 4);
    const link = links.get(passed.at(-1)?.id);
    if (link === current) return;
    current?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
    current = link;
    if (!link || !wide.matches) return;
    const nav = document.querySelector(".contents");
    const [box, item] = [nav.getBoundingClientRect(), link.getBoundingClientRect()];
    const seen = item.top >= box.top && item.bottom <= box.bottom;
    if (!seen) nav.scrollTop += item.top - box.top - box.height / 2;
  };
  addEventListener("scroll", () => {
    if (!waiting) requestAnimationFrame(mark);
    waiting = true;
  }, { passive: true });
  mark();

  // Code: a copy button for each cell, and one that shows or hides them all.
  const codes = all("details.code");
  for (const code of codes) {
    const pre = code.querySelector("pre");
    const copy = copyButton("Copy", "Copy code", () => pre.textContent);
    copy.className = "copy";
    pre.parentElement.before(copy);
  }
  const toggle = button("Show all code", "", () => {
    const show = toggle.getAttribute("aria-pressed") === "false";
    toggle.setAttribute("aria-pressed", String(show));
    for (const code of codes) code.open = show;
  });
  toggle.className = "toggle";
  toggle.setAttribute("aria-pressed", "false");
  if (codes.length) contents.append(toggle);

  // Tables: sorted by a click on a column's name, taken along as CSV, settings by what differs.
  const contentOf = (cell) => cell.querySelector("data")?.value ?? cell.textContent.trim();
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
    if (!table.matches(".settings")) continue;
    const label = document.createElement("label"), only = document.createElement("input");
    only.type = "checkbox";
    only.addEventListener("change", () => {
      for (const row of table.tBodies[0].rows) {
        const differs = new Set(Array.from(row.querySelectorAll("td"), contentOf)).size > 1;
        row.hidden = only.checked && !differs;
      }
    });
    label.append(only, " Only what differs");
    tools.prepend(label);
  }

  // Only what really scrolls is a stop for the Tab key.
  const scrollers = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const scrolls = target.scrollWidth > target.clientWidth + 1
        || target.scrollHeight > target.clientHeight + 1;
      if (scrolls) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const box of all(".scroll, figure.wide, main pre")) scrollers.observe(box);

  // Players: native controls choose frames of sprite sheets; see aegan_lib/report/forms.py.
  const tilesOf = (image) => {
    const [columns, rows] = JSON.parse(image.dataset.grid);
    const side = image.naturalWidth / columns;
    return Array.from({ length: columns * rows },
      (_, i) => [image, (i % columns) * side, Math.floor(i / columns) * side, side]);
  };
  const textOf = (control) => {
    if (control.dataset.texts) return JSON.parse(control.dataset.texts)[control.value];
    return control.selectedOptions ? control.selectedOptions[0].text : control.title;
  };
  const draw = (view, tiles, value, share) => {
    const axes = Object.entries(JSON.parse(view.dataset.axes)), to = view.height;
    const moved = axes.reduce((sum, [axis, stride]) => sum + stride * value[axis], 0);
    const drawing = view.getContext("2d");
    const put = ([image, x, y, side], i, part) =>
      drawing.drawImage(image, x, y, side * part, side, i * to, 0, to * part, to);
    JSON.parse(view.dataset.frames).forEach((frame, i) => {
      if (!("wiped" in view.dataset)) return put(tiles[frame + moved], i, 1);
      put(tiles[i], i, 1);
      if (share) put(tiles[frame], i, share);
      drawing.fillStyle = "#ffffff";
      if (share % 1) drawing.fillRect((i + share) * to - 1, 0, 2, to);
    });
  };
  const showIn = (form, tiles) => {
    const value = {}, text = {}, slider = form.querySelector("[type=range]");
    for (const control of form.elements) {
      if (!control.name || (control.type === "radio" && !control.checked)) continue;
      value[control.name] = Number(control.value);
      text[control.name] = textOf(control);
      if (control.type === "range") control.setAttribute("aria-valuetext", text[control.name]);
    }
    for (const view of form.querySelectorAll("canvas")) {
      draw(view, tiles, value, slider ? slider.value / slider.max : 0);
    }
    for (const place of form.querySelectorAll("[data-label]")) {
      const label = place.dataset.label.replace(/\{(\w+)\}/g, (name, axis) => text[axis] ?? name);
      if (place.localName === "output") place.textContent = label;
      else place.setAttribute("aria-label", label);
    }
  };
  // A button that moves a slider on to its end. Nothing moves before it is pressed.
  const playing = (play, control, changed) => {
    let timer;
    const rest = () => { timer = clearInterval(timer); play.textContent = "Play"; };
    const step = () => {
      control.stepUp();
      changed();
      if (control.value === control.max) rest();
    };
    play.addEventListener("click", () => {
      if (timer) return rest();
      if (control.value === control.max) control.value = 0;
      changed();
      play.textContent = "Pause";
      timer = setInterval(step, 600);
    });
    control.addEventListener("input", rest);
  };
  for (const player of all(".player")) {
    const form = player.querySelector("form"), sheets = player.querySelector(".sheets");
    const images = Array.from(sheets.querySelectorAll("img"));
    const swap = (live) => { form.hidden = !live; sheets.hidden = live; };
    swap(true);
    Promise.all(images.map((image) => image.decode())).then(() => {
      const tiles = images.flatMap(tilesOf), changed = () => showIn(form, tiles);
      changed();
      form.addEventListener("input", changed);
      const play = form.querySelector("[data-plays]");
      if (play) playing(play, form.elements[play.dataset.plays], changed);
    }).catch(() => swap(false));
  }
})();
