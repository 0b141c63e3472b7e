// The page is whole without this: it copies code, marks the current section, unfolds for print and
// turns grids of frames into players.
"use strict";
(() => {
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const contents = document.querySelector(".contents details");
  const wide = matchMedia("(min-width: 64rem)");

  // Contents: always open at the side; on a narrow screen, closed once a section is chosen.
  const fold = () => { contents.open = wide.matches; };
  fold();
  wide.addEventListener("change", fold);
  contents.addEventListener("click", (event) => {
    if (event.target.closest("a")) fold();
  });

  // The current section is the last one whose heading has passed the top of the window.
  const links = new Map(all(".contents a").map((a) => [a.getAttribute("href").slice(1), a]));
  const headings = all("main :is(h1, h2, h3)[id]").filter((h) => links.has(h.id));
  let current, waiting = false;
  const mark = () => {
    waiting = false;
    const passed = headings.filter((h) => h.getBoundingClientRect().top < innerHeight / 4);
    const link = passed.length ? links.get(passed[passed.length - 1].id) : undefined;
    if (link === current) return;
    if (current) current.removeAttribute("aria-current");
    current = link;
    if (!link) return;
    link.setAttribute("aria-current", "true");
    if (!wide.matches) return;
    const nav = document.querySelector(".contents");
    const [box, item] = [nav.getBoundingClientRect(), link.getBoundingClientRect()];
    if (item.top < box.top || item.bottom > box.bottom) {
      nav.scrollTop += item.top - box.top - box.height / 2;
    }
  };
  addEventListener("scroll", () => {
    if (!waiting) requestAnimationFrame(mark);
    waiting = true;
  }, { passive: true });
  mark();

  // Code: a copy button for each cell, and one that shows or hides them all.
  const button = (text, label) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    if (label) made.setAttribute("aria-label", label);
    return made;
  };
  for (const code of all("details.code")) {
    const pre = code.querySelector("pre");
    const copy = button("Copy", "Copy code");
    copy.className = "copy";
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(pre.textContent);
      } catch {
        getSelection().selectAllChildren(pre);
        document.execCommand("copy");
      }
      copy.textContent = "Copied";
      setTimeout(() => { copy.textContent = "Copy"; }, 2000);
    });
    pre.parentElement.before(copy);
  }
  const codes = all("details.code");
  if (codes.length) {
    const toggle = button("Show all code");
    toggle.className = "toggle";
    toggle.setAttribute("aria-pressed", "false");
    toggle.addEventListener("click", () => {
      const show = toggle.getAttribute("aria-pressed") === "false";
      toggle.setAttribute("aria-pressed", String(show));
      for (const code of codes) code.open = show;
    });
    contents.append(toggle);
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

  // Players: native controls choose frames of sprite sheets; see aegan_lib/report/players.py.
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
  const play = (form, sheets) => {
    const images = Array.from(sheets.querySelectorAll("img"));
    const update = (tiles) => {
      const value = {}, text = {};
      for (const control of form.elements) {
        if (!control.name || (control.type === "radio" && !control.checked)) continue;
        value[control.name] = Number(control.value);
        text[control.name] = textOf(control);
        if (control.type === "range") control.setAttribute("aria-valuetext", text[control.name]);
      }
      for (const view of form.querySelectorAll("canvas")) {
        const axes = Object.entries(JSON.parse(view.dataset.axes));
        const moved = axes.reduce((sum, [axis, stride]) => sum + stride * value[axis], 0);
        JSON.parse(view.dataset.frames).forEach((frame, i) => {
          const [image, x, y, side] = tiles[frame + moved];
          const to = view.height;
          view.getContext("2d").drawImage(image, x, y, side, side, i * to, 0, to, to);
        });
      }
      for (const place of form.querySelectorAll("[data-label]")) {
        const label = place.dataset.label.replace(/\{(\w+)\}/g, (name, axis) => text[axis] ?? name);
        if (place.localName === "output") place.textContent = label;
        else place.setAttribute("aria-label", label);
      }
    };
    const swap = (live) => { form.hidden = !live; sheets.hidden = live; };
    swap(true);
    Promise.all(images.map((image) => image.decode())).then(() => {
      const tiles = images.flatMap(tilesOf);
      update(tiles);
      form.addEventListener("input", () => update(tiles));
    }).catch(() => swap(false));
  };
  for (const player of all(".player")) {
    play(player.querySelector("form"), player.querySelector(".sheets"));
  }

  // For browsers whose style sheets cannot unfold: print unfolds everything, then folds it again.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("main details:not([open])");
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
})();
