// Texts that a reader cannot read: cut off by their box, or with another text on top.
() => {
  const told = [], texts = [];
  const ELLIPSIS_IS_TOLD = "[title], [aria-label]";
  const visible = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  const fixed = (e) => {
    for (let at = e; at; at = at.parentElement || at.getRootNode().host)
      if (["fixed", "sticky"].includes(getComputedStyle(at).position)) return true;
    return false;
  };
  // what a box that scrolls or hides leaves to be seen of a rectangle
  const seen = (e, rect) => {
    let { left, right, top, bottom } = rect;
    for (let at = e; at && at.dataset?.testid !== "stMain"; at = at.parentElement || at.getRootNode().host) {
      const { overflowX, overflowY } = getComputedStyle(at), box = at.getBoundingClientRect();
      if (overflowX !== "visible" && at.tagName !== "svg") [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
      if (overflowY !== "visible" && at.tagName !== "svg") [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
    }
    return right - left > 1 && bottom - top > 1 ? { left, right, top, bottom } : null;
  };
  // a box of the choices tells no width of its text
  const ruler = document.createElement("canvas").getContext("2d");
  const isCut = (e) => {
    const { font, paddingLeft, paddingRight } = getComputedStyle(e);
    ruler.font = font;
    return ruler.measureText(e.value).width > e.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) + 1;
  };
  const walk = (root) => {
    for (const e of root.querySelectorAll("*")) {
      if (e.shadowRoot) walk(e.shadowRoot);
      if (e.tagName === "INPUT" && visible(e) && isCut(e)) told.push(`cut: ${e.value}`);
      const own = [...e.childNodes].filter((n) => n.nodeType === 3 && n.data.trim());
      if (!own.length || !visible(e) || ["STYLE", "SCRIPT", "OPTION"].includes(e.tagName)) continue;
      const style = getComputedStyle(e), text = own.map((n) => n.data.trim()).join(" ");
      if (style.position === "absolute" && e.getBoundingClientRect().width <= 2) continue; // for a screen reader
      const hides = (e.scrollWidth > e.clientWidth + 1 && ["hidden", "clip"].includes(style.overflowX))
        || (e.scrollHeight > e.clientHeight + 3 && ["hidden", "clip"].includes(style.overflowY));
      if (hides && e.clientWidth > 2 && !(style.textOverflow === "ellipsis" && e.closest(ELLIPSIS_IS_TOLD)))
        told.push(`cut: ${text}`);
      if (fixed(e)) continue;
      for (const node of own) {
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const rect of range.getClientRects()) {
          const part = seen(e, rect);
          if (part) texts.push({ e, text, ...part });
        }
      }
    }
  };
  walk(document.querySelector("[data-testid=stApp]"));
  texts.sort((a, b) => a.top - b.top);
  const inside = (a, b) => { for (let at = b; at; at = at.parentElement || at.getRootNode().host) if (at === a) return true; return false; };
  for (let i = 0; i < texts.length; i++)
    for (let j = i + 1; j < texts.length && texts[j].top < texts[i].bottom; j++) {
      const [a, b] = [texts[i], texts[j]];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 2 && down > 4 && a.e !== b.e && !inside(a.e, b.e) && !inside(b.e, a.e))
        told.push(`over each other: ${a.text} / ${b.text}`);
    }
  return [...new Set(told)];
}
