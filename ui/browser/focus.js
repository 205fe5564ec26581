// Runs when the menu opens, for its content is drawn then. A finger or a mouse keeps its focus: on a phone a
// focused field would open the keyboard.
const PATIENCE = 10_000; // ms

function draw({ parentElement }) {
  const host = parentElement.getRootNode().host ?? parentElement;
  const menu = host.closest('[data-testid="stPopoverBody"]');
  const opener = document.activeElement;
  if (!menu || menu.contains(opener) || !opener?.matches(":focus-visible")) return;
  const start = performance.now();
  // Streamlit fetches each kind of control when it is first needed: until then the first one is not there.
  const lead = () => {
    if (!menu.isConnected || document.activeElement !== opener || performance.now() - start > PATIENCE) return;
    if (!menu.querySelector('[data-testid="stSkeleton"]'))
      menu.querySelector("input, button, [tabindex='0']")?.focus();
    requestAnimationFrame(lead); // a control that is not visible yet takes no focus
  };
  requestAnimationFrame(lead);
}
