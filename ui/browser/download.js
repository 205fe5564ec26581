const fetched = new Set(); // a file is fetched once by itself, however often the page is drawn

function draw({ data: file, parentElement }) {
  const link = parentElement.querySelector(".file");
  link.href = file.href;
  link.download = file.name;
  link.textContent = file.label;
  if (fetched.has(file.href)) return;
  fetched.add(file.href);
  link.click();
}
