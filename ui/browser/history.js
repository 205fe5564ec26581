// Back takes one press: whatever a click changes in the address is one entry of the browser's history.
// Streamlit makes one of the page, one of its values and one of what they are completed to.
const FOLDED = "fold_";
const PATIENCE = 20_000; // ms, for the parts of a page to be drawn

// The menu is drawn anew when its language changes, a moment after this.
function mark(section) {
  for (const wait of [0, 300, 1500])
    setTimeout(() => {
      for (const each of document.querySelectorAll('[data-testid="stTopNavSection"]'))
        each.toggleAttribute("data-current", each.textContent.trim() === section);
    }, wait);
}

function draw({ data }) {
  mark(data.section);
  if (history.one) return;
  history.one = true;
  const push = history.pushState.bind(history);
  const replace = history.replaceState.bind(history);
  const whole = (change) => (state, title, url) => {
    const isHere = url && !url.includes("#") && new URL(url, location).pathname === location.pathname;
    change({ ...state, whole: true }, title, isHere ? url + location.hash : url);
  };
  let done = false; // by the reader, since the last entry
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, () => (done = true), true);
  history.pushState = (...entry) => {
    whole(done ? push : replace)(...entry);
    done = false;
  };
  history.replaceState = whole(replace);
  history.replaceState(history.state, "");
  // a link that lacked values was completed before this ran, and what it was before leads nowhere
  addEventListener("popstate", ({ state }) => state?.whole || location.hash || history.back());

  // which parts are open stands in the address, and what it says is opened as it comes
  document.addEventListener("toggle", ({ target }) => {
    const name = target.tagName === "DETAILS" && part(target);
    if (name && name.startsWith(FOLDED)) arrange(name, target.open ? "open" : "");
  }, true);
  const opening = setInterval(() => {
    for (const name of arranged().keys())
      if (name.startsWith(FOLDED))
        document.querySelector(`.st-key-${CSS.escape(name)} details:not([open]) > summary`)?.click();
  }, 300);
  setTimeout(() => clearInterval(opening), PATIENCE);
}
