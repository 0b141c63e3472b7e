// Players: native controls choose frames of sprite sheets; see aegan_lib/players/forms.py. What is
// stored pixel by pixel is enlarged pixel by pixel: sharpness is what is looked at.
"use strict";
(() => {
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
  const framesOf = (text, one) => {
    const frames = JSON.parse(text);
    return one ? [frames[one - 1]] : frames;  // 0: all of them
  };
  const movedBy = (place, value) => Object.entries(JSON.parse(place.dataset.axes))
    .reduce((sum, [axis, stride]) => sum + stride * value[axis], 0);
  const draw = (view, tiles, value, share) => {
    const moved = movedBy(view, value), to = view.height;
    const frames = framesOf(view.dataset.frames, value.faces);
    const under = framesOf(view.dataset.under ?? "[]", value.faces);
    view.width = to * frames.length;
    const drawing = view.getContext("2d");
    drawing.imageSmoothingEnabled = false;
    const put = ([image, x, y, side], i, part) =>
      drawing.drawImage(image, x, y, side * part, side, i * to, 0, to * part, to);
    frames.forEach((frame, i) => {
      if (!under.length) return put(tiles[frame + moved], i, 1);
      put(tiles[under[i]], i, 1);
      if (share) put(tiles[frame + moved], i, share);
      drawing.fillStyle = "#ffffff";
      if (share % 1) drawing.fillRect((i + share) * to - 1, 0, 2, to);
    });
  };
  const showIn = (form, tiles) => {
    const value = {}, text = {}, wipe = form.elements.wipe;
    for (const control of form.elements) {
      if (!control.name || (control.type === "radio" && !control.checked)) continue;
      value[control.name] = Number(control.value);
      text[control.name] = textOf(control);
      if (control.type === "range") control.setAttribute("aria-valuetext", text[control.name]);
    }
    form.classList.toggle("single", value.faces > 0);
    for (const view of all("canvas", form)) {
      draw(view, tiles, value, wipe ? wipe.value / wipe.max : 1);
    }
    for (const place of all("[data-label]", form)) {
      const label = place.dataset.label.replace(/\{(\w+)\}/g, (name, axis) => text[axis] ?? name);
      if (place.localName === "output") place.textContent = label;
      else place.setAttribute("aria-label", label);
    }
    for (const place of all("[data-read]", form)) {
      const read = JSON.parse(place.dataset.read)[movedBy(place, value)];
      place.textContent = place.dataset.said.replace(/\{(\d)\}/g, (_, i) => read[i]);
    }
    for (const place of all("[data-by]", form)) {
      place.textContent = JSON.parse(place.dataset.texts)[value[place.dataset.by]];
    }
  };
  // A button that moves a slider on to its end. Nothing moves before it is pressed.
  const playing = (play, control) => {
    let timer, ours = false;
    const changed = () => {
      ours = true;
      control.dispatchEvent(new Event("input", { bubbles: true }));
      ours = false;
    };
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
    control.addEventListener("input", () => { if (!ours) rest(); });
  };
  for (const player of all(".player")) {
    const form = player.querySelector("form"), sheets = player.querySelector(".sheets");
    const images = all("img", sheets);
    const swap = (live) => { form.hidden = !live; sheets.hidden = live; };
    swap(true);
    Promise.all(images.map((image) => image.decode())).then(() => {
      const tiles = images.flatMap(tilesOf), changed = () => showIn(form, tiles);
      changed();
      form.addEventListener("input", changed);
      const play = form.querySelector("[data-plays]");
      if (play) playing(play, form.elements[play.dataset.plays]);
    }).catch(() => swap(false));
  }
})();
