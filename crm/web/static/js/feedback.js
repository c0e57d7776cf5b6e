/* Criticism, praise, expectation with one click: what is selected in the entry is the text, else all of it. */
document.addEventListener("mousedown", (event) => {
  if (event.target.closest("form[data-feedback] button")) event.preventDefault(); // a click would take the selection away
});

function takeSelection(form) {
  const selection = getSelection();
  const around = form.closest(".entry") || one("main");
  const isHere = selection.rangeCount && around.contains(selection.anchorNode) && around.contains(selection.focusNode);
  form.elements.text.value = isHere ? selection.toString().trim().slice(0, 10000) : "";
}

document.addEventListener("click", (event) => {
  const form = event.target.closest("form[data-feedback] button")?.form;
  if (form) takeSelection(form);
}, true);
