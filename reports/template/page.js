// The page is whole without this: it copies code, marks the current section and unfolds for print.
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
