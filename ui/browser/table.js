const LAST = ["own", "between", "total"]; // these close the table, in this order, however it is sorted

const compare = (key, descending, language) => (a, b) => {
  const [x, y] = [a.cells[key], b.cells[key]].map((cell) => cell?.value ?? null);
  if (x === null || y === null) return (x === null) - (y === null); // what is not known comes last
  const order = typeof x === "number" ? x - y : String(x).localeCompare(String(y), language, { numeric: true });
  return descending ? -order : order;
};

// Bars start at one zero for all rows; with negative values the zero moves into the track.
function barCell(cell, scale) {
  const box = make("div", "barred");
  const track = make("div", "track");
  const size = scale.high - scale.low;
  if (size > 0 && typeof cell.value === "number") {
    const from = Math.min(cell.value, 0), to = Math.max(cell.value, 0);
    const bar = make("div", "bar");
    bar.style.left = `${(100 * (from - scale.low)) / size}%`;
    bar.style.width = `${(100 * (to - from)) / size}%`;
    track.append(bar);
    if (scale.low < 0) {
      const zero = make("div", "zero");
      zero.style.left = `${(-100 * scale.low) / size}%`;
      track.append(zero);
    }
  }
  const number = make("span", "number", cell.text);
  number.style.minWidth = `${scale.width}ch`;
  box.append(track, number);
  return box;
}

// How it stands: a mark, a word or a number, and below it what is quieter.
function statusCell(cell) {
  const pill = make("span", `pill ${cell.mark ?? ""}`);
  if (cell.mark) pill.append(marked(cell.mark));
  pill.append(make("span", "", cell.text));
  if (!cell.note) return [pill];
  return [pill, make("span", "note", cell.note)];
}

// Cells arrive in the order of the columns: text, value, and what few have beside them.
const named = (columns, cells) => Object.fromEntries(columns.map(({ key }, i) => {
  const [text, value = null, more] = cells[i];
  return [key, { text, value, ...more }];
}));

// The order that the address asks for: a column, with a minus the largest first.
function asLinked(place) {
  const asked = arranged().get(place);
  return asked && [asked.replace(/^-/, ""), asked.startsWith("-")];
}

function draw({ data, parentElement, key, setTriggerValue }) {
  const signal = freshSignal(parentElement);
  const root = parentElement.querySelector(".root");
  const { columns, selectable } = data;
  const rows = data.rows.map((row) => ({ ...row, cells: named(columns, row.cells) }));
  root.style.setProperty("--up", data.colours.up);
  root.style.setProperty("--down", data.colours.down);

  // The reader's own order stays while the columns stay; a new set of rows is folded again.
  const names = rows.map((row) => row.id ?? "").join("\n");
  const old = parentElement.state;
  const place = `sort_${part(parentElement)}`;
  const state = (parentElement.state = {
    names,
    open: old?.names === names && old.open,
    sort: [old?.sort, asLinked(place), data.sort].find((way) => columns.some(({ key }) => key === way?.[0])),
  });

  const children = rows.filter((row) => !LAST.includes(row.role)); // "line" rows head the rows after them
  const ends = LAST.flatMap((role) => rows.filter((row) => row.role === role));
  const scales = Object.fromEntries(columns.filter(({ kind }) => kind === "bar").map((column) => {
    const cells = children.map((row) => row.cells[column.key]).filter(Boolean);
    const values = cells.map((cell) => cell.value).filter((value) => typeof value === "number");
    const width = Math.max(0, ...rows.map((row) => row.cells[column.key]?.text?.length ?? 0));
    return [column.key, { low: Math.min(0, ...values), high: Math.max(0, ...values), width }];
  }));
  const classes = ({ kind, phone }) =>
    `kind-${kind}${["name", "text", "status"].includes(kind) ? " start" : ""}${phone ? "" : " wide-only"}`;

  const first = matchMedia("(max-width: 640px)").matches ? Math.min(data.first, 4) : data.first;
  const body = make("tbody");
  const more = make("button", "more", data.more);
  more.type = "button";

  let explain; // made when the root has its children
  let gone = new Set(); // columns that the page has no room for
  const drawCell = (column, row, i) => {
    const cell = row.cells[column.key] ?? {};
    const named = column.kind === "name";
    const td = make(named ? "th" : "td", classes(column));
    td.dataset.column = i;
    td.classList.toggle("gone", gone.has(i));
    if (named) td.scope = "row";
    if (cell.title) {
      td.title = cell.title;
      td.classList.add("told");
      explain.onTap(td, cell.title);
    }
    if (named && selectable && row.id) {
      const link = make("button", "link", cell.text);
      link.type = "button";
      td.append(link);
      if (cell.note) td.append(make("span", "note", cell.note));
    } else if (column.kind === "status" && cell.text) {
      const said = statusCell(cell);
      if (column.opens && row.id) {
        const door = make("button", "door");
        door.type = "button";
        door.append(...said);
        door.addEventListener("click", (event) => {
          event.stopPropagation(); // the row leads elsewhere
          setTriggerValue("opened", [row.id, column.key]);
          document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 });
        });
        td.append(door);
      } else {
        td.append(...said);
      }
    } else if (column.kind === "spark") {
      if (cell.spark?.some((point) => point !== null)) td.append(sparkline(cell.spark, cell.title));
    } else if (cell.text && cell.value === null && !td.classList.contains("start")) {
      td.classList.add("word");
      td.textContent = cell.text;
    } else if (column.kind === "bar" && cell.text) {
      td.append(barCell(row.role === "child" ? cell : { text: cell.text }, scales[column.key]));
    } else {
      td.textContent = cell.text ?? "";
      if (cell.note) td.append(make("span", "note", cell.note)); // whose it is
      if (cell.direction) td.classList.add(cell.direction > 0 ? "up" : "down");
    }
    return td;
  };

  const drawRow = (row) => {
    const tr = make("tr", row.role);
    tr.append(...columns.map((column, i) => drawCell(column, row, i)));
    if (selectable && row.id) {
      tr.classList.add("open");
      tr.addEventListener("click", (event) => {
        const copying = event.detail > 0 && document.getSelection()?.type === "Range";
        if (copying) return;
        setTriggerValue("selected", row.id);
        if (!data.stays) document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 }); // a new page begins there
      });
    }
    return tr;
  };

  // What is folded away is one row with its sums, so that the rows shown add up to the total.
  const together = (hidden) => {
    const cells = { [columns[0].key]: { text: data.rest.replace("{n}", hidden.length) } };
    for (const { key, kind, sum } of columns.filter((column) => column.sum)) {
      const values = hidden.map((row) => row.cells[key]?.value).filter((value) => typeof value === "number");
      if (!values.length) continue;
      const value = values.reduce((a, b) => a + b, 0);
      const places = { minimumFractionDigits: sum.decimals, maximumFractionDigits: sum.decimals };
      const signed = kind === "change" ? { signDisplay: "exceptZero" } : {};
      const text = (value / sum.divisor).toLocaleString("en-US", { ...places, ...signed });
      cells[key] = { text, value, direction: kind === "change" ? Math.sign(value) : 0 };
    }
    return { id: null, role: "own", cells };
  };

  const draw = () => {
    const sorted = state.sort
      ? [...children].sort(compare(state.sort[0], state.sort[1], data.language))
      : children;
    const folded = data.more && !state.open && sorted.length > first;
    more.hidden = !folded;
    const hidden = folded && data.rest ? [together(sorted.slice(first))] : [];
    body.replaceChildren(
      ...[...(folded ? sorted.slice(0, first) : sorted), ...hidden, ...ends].map(drawRow),
    );
    for (const th of head.children) {
      th.removeAttribute("aria-sort");
      const arrow = th.querySelector(".arrow");
      if (arrow) arrow.textContent = "↕";
      if (state.sort && th.dataset.key === state.sort[0]) {
        th.setAttribute("aria-sort", state.sort[1] ? "descending" : "ascending");
        if (arrow) arrow.textContent = state.sort[1] ? "▼" : "▲";
      }
    }
  };
  more.addEventListener("click", () => {
    state.open = true;
    draw();
    body.rows[first]?.querySelector("button")?.focus(); // where the reader left off
  });

  const table = make("table");
  const head = make("tr");
  const top = make("thead");
  top.append(head);
  table.append(make("caption", "unseen", data.caption), top, body);
  root.replaceChildren(table, more);
  explain = definitions(root, signal);

  for (const [i, column] of columns.entries()) {
    const th = make("th", classes(column));
    th.scope = "col";
    th.dataset.key = column.key;
    th.dataset.column = i;
    const line = make("div", "head");
    const sortable = !data.fixed && column.kind !== "spark" && children.length > 1;
    const label = make(sortable ? "button" : "span", "sorter");
    label.append(make("span", "", column.label));
    if (sortable) {
      const arrow = make("span", "arrow");
      arrow.setAttribute("aria-hidden", "true");
      label.append(arrow);
      label.type = "button";
      label.addEventListener("click", () => {
        const [sorted, descending] = state.sort ?? [];
        const rising = ["name", "text", "status"].includes(column.kind); // how it stands: the worst first
        state.sort = [column.key, sorted === column.key ? !descending : !rising];
        arrange(place, `${state.sort[1] ? "-" : ""}${column.key}`);
        draw();
      });
    }
    line.append(label);
    if (column.definition) line.append(explain(column.label, column.definition, `${key}-${i}`));
    th.append(line);
    if (column.unit) th.append(make("div", "unit", column.unit));
    head.append(th);
  }
  draw();

  // Where the page gives too little room, columns that are not meant for a phone go, from the right.
  // A row of transfers that has nothing in the columns left goes with them.
  const wide = () => table.offsetWidth > root.clientWidth + 1;
  const show = (i, shown) => {
    for (const cell of table.querySelectorAll(`[data-column="${i}"]`)) cell.classList.toggle("gone", !shown);
    shown ? gone.delete(i) : gone.add(i);
  };
  const fit = () => {
    root.classList.remove("scroll");
    for (const i of [...gone]) show(i, true);
    for (let i = columns.length - 1; i > 0 && wide(); i--) if (!columns[i].phone) show(i, false);
    if (columns.some(({ kind }) => kind === "status")) // how a plan stands says more than what changed
      for (let i = columns.length - 1; i > 0 && wide(); i--) if (columns[i].kind === "change") show(i, false);
    root.classList.toggle("scroll", wide());
    for (const tr of table.querySelectorAll("tr.between"))
      tr.hidden = [...tr.cells].slice(1).every((cell) => !cell.textContent || !cell.offsetWidth);
  };
  const observer = new ResizeObserver(fit);
  observer.observe(root);
  observer.observe(table); // it also grows when a longer name is sorted in or a font arrives
  signal.addEventListener("abort", () => observer.disconnect());
  return () => parentElement.abort?.abort();
}
