function draw({ data, parentElement, key, setTriggerValue }) {
  const signal = freshSignal(parentElement);
  document.documentElement.lang = data.language === "zh" ? "zh-CN" : data.language; // for screen readers
  const root = parentElement.querySelector(".root");
  root.style.setProperty("--up", data.colours.up);
  root.style.setProperty("--down", data.colours.down);
  const grid = make("ul", "grid");
  grid.setAttribute("role", "list"); // Safari forgets the list when it has no bullets
  const more = make("button", "more", data.more); // the others, of which the address keeps that they are open
  more.type = "button";
  const open = (isOpen) => {
    const shown = isOpen ? data.items.length : data.first;
    grid.classList.toggle("folded", !isOpen);
    grid.style.setProperty("--columns", shown === 6 ? 6 : Math.min(shown, shown % 5 ? 4 : 5));
    grid.style.setProperty("--narrower", shown === 6 ? 3 : 4);
    more.hidden = isOpen;
  };
  more.addEventListener("click", () => {
    arrange(`cards_${part(root)}`, "all");
    open(true);
    grid.children[data.first].querySelector("button")?.focus(); // where the reader left off
  });
  open(!data.more || arranged().has(`cards_${part(root)}`));
  root.replaceChildren(grid, more);
  const explain = definitions(root, signal);

  const change = ({ basis, text, direction, verdict, word }) => {
    const line = make("div", "change");
    line.append(make("span", "quiet", basis));
    line.append(make("span", { 1: "up", "-1": "down" }[direction] ?? "", text));
    if (word) {
      const said = make("span", "verdict");
      if (verdict) said.append(marked(verdict));
      said.append(verdict ? make("span", "word", word) : word);
      line.append(said);
    }
    return line;
  };

  // Plan: a thin bar with a notch where the time elapsed stands. Place: one line of words.
  const planLine = ({ kind, text, so_far, more, left, done, elapsed, verdict, word }) => {
    const box = make("div", `line-${kind}`);
    if (typeof done === "number") {
      const track = make("div", "course");
      const bar = make("div", "done");
      bar.style.width = `${Math.min(100, 100 * done)}%`;
      track.append(bar);
      if (typeof elapsed === "number") {
        const notch = make("div", "notch");
        notch.style.left = `${100 * elapsed}%`;
        track.append(notch);
      }
      track.setAttribute("aria-hidden", "true");
      box.append(track);
    }
    const line = make("div", "plan");
    line.append(make("span", "", text));
    if (so_far) line.append(make("span", "quiet wide-only", so_far));
    if (more) line.append(make("span", kind === "plan" ? "quiet wide-only" : "quiet", more));
    if (word) {
      const said = make("span", "verdict");
      if (verdict) said.append(marked(verdict)); // a level that is not reached is told, not judged
      said.append(word);
      line.append(said);
    }
    if (left) line.append(make("span", "quiet", left));
    box.append(line);
    return box;
  };

  data.items.forEach((item, i) => {
    const card = make("li", i < data.first ? "card" : "card later");
    const head = make("div", "head");
    if (item.opens) {
      const door = make("button", "label door", item.label);
      door.type = "button";
      head.append(door);
      card.classList.add("open");
      card.addEventListener("click", (event) => {
        const copying = event.detail > 0 && document.getSelection()?.type === "Range";
        if (copying || event.target.closest("button:not(.door)")) return; // a definition opens itself
        setTriggerValue("opened", item.id);
        document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 }); // the new page begins there
      });
    } else {
      head.append(make("span", "label", item.label));
    }
    if (item.definition) head.append(explain(item.label, item.definition, `${key}-${i}`));
    const missing = item.value === null || item.value === undefined;
    const value = make("div", missing ? "value missing" : "value", missing ? item.missing : item.value);
    if (!missing && item.unit) value.append(make("span", "unit", item.unit));
    const changes = make("div", "changes");
    changes.append(...(item.changes ?? []).map(change));
    const lines = make("div", "lines");
    lines.append(...(item.lines ?? []).map(planLine));
    const foot = make("div", "foot");
    const told = [item.window, item.note].filter(Boolean).join(" · ");
    if (told) foot.append(make("div", "note", told));
    if (item.spark?.some((point) => point !== null)) foot.append(sparkline(item.spark, item.spark_alt));
    card.append(head, value, changes, lines, foot);
    grid.append(card);
  });
  return () => parentElement.abort?.abort();
}
