/* Files dropped onto a form with a file field go into that field, as if they had been chosen, and are sent. */
const hasFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");

document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  const zone = event.target.closest?.("[data-drop]");
  all("[data-drop].over").forEach((other) => other.classList.toggle("over", other === zone));
  event.preventDefault(); // a file let go beside the form must not replace the page
  event.dataTransfer.dropEffect = zone ? "copy" : "none";
  zone?.classList.add("over");
});

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) all("[data-drop].over").forEach((zone) => zone.classList.remove("over"));
});

document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  const zone = event.target.closest?.("[data-drop]");
  if (!zone) return;
  zone.classList.remove("over");
  const field = one("input[type=file]", zone);
  field.files = event.dataTransfer.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  zone.requestSubmit();
});
