// Back takes one press: whatever a click changes in the address is one entry of the browser's history.
// Streamlit makes one of the page, one of its values and one of what they are completed to.
function draw() {
  if (history.one) return;
  history.one = true;
  const push = history.pushState.bind(history);
  const replace = history.replaceState.bind(history);
  const whole = (change) => (state, ...address) => change({ ...state, whole: true }, ...address);
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
}
