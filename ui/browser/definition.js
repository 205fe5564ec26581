// Shared by cards and table: small builders, marks, sparklines, and the popover that explains a word.

const make = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = text;
  return node;
};

// The mark of a judgement; the word that says it stands beside it.
const marked = (verdict) => {
  const mark = make("span", `mark ${verdict}`, verdict === "good" ? "✓" : "!");
  mark.setAttribute("aria-hidden", "true");
  return mark;
};

const svg = (tag, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};

// A quiet line; a missing month is a gap, never a zero. The last point is marked.
function sparkline(values, alt) {
  const known = values.filter((value) => value !== null);
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  const at = (value, i) => [
    (2 + (96 * i) / Math.max(values.length - 1, 1)).toFixed(1),
    (span ? 26 - (24 * (value - low)) / span : 14).toFixed(1),
  ].join(" ");
  let path = "";
  values.forEach((value, i) => {
    if (value === null) return;
    const joined = i > 0 && values[i - 1] !== null;
    path += `${joined ? "L" : "M"}${at(value, i)}${joined ? "" : "h0"}`;
  });
  const last = values.findLastIndex((value) => value !== null);
  const box = svg("svg", { class: "spark", viewBox: "0 0 100 28", preserveAspectRatio: "none" });
  if (alt) {
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", alt);
  } else {
    box.setAttribute("aria-hidden", "true");
  }
  box.append(svg("path", { class: "line", d: path }));
  if (last >= 0) box.append(svg("path", { class: "dot", d: `M${at(values[last], last)}h0` }));
  return box;
}

// One popover for all ⓘ of a component. It lives in the top layer, so no container cuts it off.
function definitions(root, signal) {
  const bubble = make("div", "bubble");
  bubble.popover = "manual";
  bubble.setAttribute("aria-hidden", "true"); // the button's description already says it
  root.append(bubble);
  let active = null;
  let pinned = false;
  let leaving = 0;

  const hide = () => {
    clearTimeout(leaving);
    active?.setAttribute("aria-expanded", "false");
    active = null;
    if (bubble.isConnected && bubble.matches(":popover-open")) bubble.hidePopover();
  };
  const show = (button, text, pin) => {
    clearTimeout(leaving);
    if (active !== button) hide();
    active = button;
    pinned = pin;
    button.setAttribute("aria-expanded", "true");
    bubble.textContent = text;
    if (!bubble.matches(":popover-open")) bubble.showPopover();
    place();
  };
  const place = () => {
    const anchor = active.getBoundingClientRect();
    if (anchor.bottom < 0 || anchor.top > window.innerHeight) return hide();
    const left = Math.min(anchor.left - 12, document.documentElement.clientWidth - bubble.offsetWidth - 8);
    const below = anchor.bottom + 6;
    const fits = below + bubble.offsetHeight < window.innerHeight - 8;
    bubble.style.left = `${Math.max(8, left)}px`;
    bubble.style.top = `${fits ? below : Math.max(8, anchor.top - bubble.offsetHeight - 6)}px`;
  };
  const leave = () => {
    if (!pinned) leaving = setTimeout(hide, 150); // time to move onto the text
  };

  bubble.addEventListener("pointerenter", () => clearTimeout(leaving), { signal });
  bubble.addEventListener("pointerleave", leave, { signal });
  document.addEventListener("scroll", () => active && place(), { capture: true, passive: true, signal });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide(), { signal });
  document.addEventListener("pointerdown", (event) => {
    const path = event.composedPath();
    if (active && !path.includes(active) && !path.includes(bubble)) hide();
  }, { signal });

  const explain = (label, text, id) => {
    const holder = make("span", "explain");
    const button = make("button", "info", "i");
    const hidden = make("span", "unseen", text);
    hidden.id = id;
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.setAttribute("aria-describedby", id);
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse" && active !== button) show(button, text, false);
    });
    button.addEventListener("pointerleave", leave);
    button.addEventListener("focus", () => button.matches(":focus-visible") && show(button, text, true));
    button.addEventListener("blur", hide);
    button.addEventListener("click", () => (active === button && pinned ? hide() : show(button, text, true)));
    holder.append(button, hidden);
    return holder;
  };
  // What hover says on a laptop opens on a tap.
  explain.onTap = (node, text) => node.addEventListener("click", (event) => {
    event.stopPropagation();
    active === node ? hide() : show(node, text, true);
  });
  return explain;
}

// A component's function runs again at every change of its data, while Streamlit keeps only the last
// clean-up: listeners of the former run end here.
function freshSignal(root) {
  root.abort?.abort();
  root.abort = new AbortController();
  return root.abort.signal;
}
