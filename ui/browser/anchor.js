// What a reader has arranged on a page stands after the # of its address: the order of a table, parts that are
// open. So a link opens it so, and no run of the server is needed, which never sees it.
const arranged = () => new URLSearchParams(location.hash.slice(1));

function arrange(name, value) {
  const all = arranged();
  if (value) all.set(name, value);
  else all.delete(name);
  const text = all.toString();
  history.replaceState(history.state, "", location.pathname + location.search + (text ? `#${text}` : ""));
}

// The name of the part of the page in which an element stands.
const part = (element) => {
  const named = (element.getRootNode().host ?? element).closest('[class*="st-key-"]');
  return [...(named?.classList ?? [])].find((name) => name.startsWith("st-key-"))?.slice("st-key-".length);
};
