// How each of our components is mounted; `draw` is its own. Streamlit calls this at every run, also where
// nothing changed: then all stays as the reader left it.
const style = new CSSStyleSheet();

export function mounted(mount) {
  const root = mount.parentElement.getRootNode();
  const told = new TextDecoder().decode(mount.data);
  if (root.told !== told) {
    root.told = told;
    root.adoptedStyleSheets = [style];
    root.leave = draw({ ...mount, data: JSON.parse(told) });
  }
  return root.leave;
}
