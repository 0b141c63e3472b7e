// The page is whole without its scripts. This one marks the current section, unfolds what a link
// leads to, copies code, and has what the others share.
"use strict";
const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));

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

// Many controls that belong together are one stop of the Tab key; arrows go from one to the next.
const oneStop = (controls) => {
  const stop = (chosen) => controls.forEach((c) => { c.tabIndex = c === chosen ? 0 : -1; });
  if (controls.length) stop(controls[0]);
  for (const control of controls) {
    control.addEventListener("focus", () => stop(control));
    control.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const shown = controls.filter((c) => c.checkVisibility());
      shown[(shown.indexOf(control) + step + shown.length) % shown.length].focus();
    });
  }
};

(() => {
  document.documentElement.classList.add("live");
  const contents = document.querySelector(".contents details");
  const wide = matchMedia("(min-width: 64rem)");

  // Contents: always open at the side; on a narrow screen, closed once a section is chosen.
  const fold = () => { contents.open = wide.matches; };
  fold();
  wide.addEventListener("change", fold);
  contents.addEventListener("click", (event) => { if (event.target.closest("a")) fold(); });

  // A link into what is folded unfolds it, all of it where it leads to a fold's own heading.
  const unfold = () => {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { /* a % that is just a sign */ }
    const target = document.getElementById(name);
    for (let e = target; e; e = e.parentElement) if (e.localName === "details") e.open = true;
    target?.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  if (location.hash) unfold();

  // The current section is the last one whose heading has passed the top of the window.
  const links = new Map(all(".contents a").map((a) => [a.getAttribute("href").slice(1), a]));
  const headings = all("main :is(h1, h2, h3)[id]").filter((h) => links.has(h.id));
  let current, waiting = false;
  const mark = () => {
    waiting = false;
    const passed = headings.filter((h) => h.getBoundingClientRect().top < innerHeight / 4);
    // At the end of the page nothing more can pass: it is where the reader went, or the last one.
    const end = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
    const last = end ? links.get(location.hash.slice(1)) ?? links.get(headings.at(-1)?.id) : null;
    const link = last ?? links.get(passed.at(-1)?.id);
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

  // Code is there for those who ask for it: on the screen, and then on paper too.
  const codes = all("details.code");
  for (const code of codes) {
    const pre = code.querySelector("pre");
    const copy = copyButton("Copy", "Copy code", () => pre.textContent);
    copy.className = "copy";
    pre.parentElement.before(copy);
  }
  const toggle = button("Show all code", "", () => {
    const show = document.documentElement.classList.toggle("coded");
    toggle.setAttribute("aria-pressed", String(show));
    for (const code of codes) code.open = show;
  });
  toggle.className = "toggle";
  toggle.setAttribute("aria-pressed", "false");
  if (codes.length) document.querySelector(".contents").append(toggle);

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
})();
