function draw({ data, parentElement }) {
  // a link to this page opens it as it is arranged here
  const text = () => data.text + (data.text.startsWith(`${location.origin}${location.pathname}?`) ? location.hash : "");
  const button = parentElement.querySelector(".copy");
  const said = parentElement.querySelector(".done");
  button.textContent = data.label;
  said.textContent = "";
  parentElement.querySelector("textarea")?.remove();

  // The old way works without https; it needs a selected text on the page.
  const byHand = () => {
    parentElement.querySelector("textarea")?.remove();
    const area = document.createElement("textarea");
    area.className = "text";
    area.readOnly = true;
    area.value = text();
    area.setAttribute("aria-label", data.label);
    parentElement.append(area);
    area.select();
    const copied = document.execCommand("copy");
    if (copied) area.remove();
    return copied; // else the text stays there, selected, to be copied by hand
  };
  button.onclick = async () => {
    let copied;
    try {
      await navigator.clipboard.writeText(text());
      copied = true;
      parentElement.querySelector("textarea")?.remove();
    } catch {
      copied = byHand();
    }
    said.textContent = copied ? data.copied : data.failed;
    button.focus();
  };
}
