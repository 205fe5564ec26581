export default function ({ data: [data], parentElement, key }) {
  const signal = freshSignal(parentElement);
  document.documentElement.lang = data.language === "zh" ? "zh-CN" : data.language; // for screen readers
  const root = parentElement.querySelector(".root");
  root.style.setProperty("--up", data.colours.up);
  root.style.setProperty("--down", data.colours.down);
  const grid = make("ul", "grid");
  grid.setAttribute("role", "list"); // Safari forgets the list when it has no bullets
  grid.style.setProperty("--columns", Math.min(data.items.length, data.items.length % 5 ? 4 : 5));
  root.replaceChildren(grid);
  const explain = definitions(root, signal);

  const change = ({ basis, text, direction, verdict, word }) => {
    const line = make("div", "change");
    line.append(make("span", "quiet", basis));
    line.append(make("span", { 1: "up", "-1": "down" }[direction] ?? "", text));
    if (word) {
      const said = make("span", "verdict");
      if (verdict) {
        const mark = make("span", `mark ${verdict}`, verdict === "good" ? "✓" : "!");
        mark.setAttribute("aria-hidden", "true");
        said.append(mark);
      }
      said.append(word);
      line.append(said);
    }
    return line;
  };

  data.items.forEach((item, i) => {
    const card = make("li", "card");
    const head = make("div", "head");
    head.append(make("span", "label", item.label));
    if (item.definition) head.append(explain(item.label, item.definition, `${key}-${i}`));
    const missing = item.value === null || item.value === undefined;
    const value = make("div", missing ? "value missing" : "value", missing ? item.missing : item.value);
    if (!missing && item.unit) value.append(make("span", "unit", item.unit));
    const changes = make("div", "changes");
    changes.append(...(item.changes ?? []).map(change));
    const foot = make("div", "foot");
    if (item.note) foot.append(make("div", "note", item.note));
    if (item.spark?.some((point) => point !== null)) foot.append(sparkline(item.spark, item.spark_alt));
    card.append(head, value, changes, foot);
    grid.append(card);
  });
  return () => parentElement.abort?.abort();
}
