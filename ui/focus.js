// Runs when the menu opens, for its content is drawn then. A finger or a mouse keeps its focus: on a phone a
// focused field would open the keyboard.
export default function ({ parentElement }) {
  const host = parentElement.getRootNode().host ?? parentElement;
  const menu = host.closest('[data-testid="stPopoverBody"]');
  if (!menu || menu.contains(document.activeElement)) return;
  if (!document.activeElement?.matches(":focus-visible")) return;
  requestAnimationFrame(() => menu.querySelector("input, button, [tabindex='0']")?.focus());
}
