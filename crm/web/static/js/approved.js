/* An approved answer is put into the answer box: behind what stands there. The form says which one it was, so that its use is counted. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert-into]");
  const box = button && document.getElementById(button.dataset.insertInto);
  if (!box) return;
  box.value = box.value.trim() ? `${box.value.trimEnd()}\n\n${button.dataset.insert}` : button.dataset.insert;
  if (button.dataset.answer && box.form) {
    const used = box.form.querySelector('input[name="answer_id"]') || box.form.appendChild(document.createElement("input"));
    Object.assign(used, { type: "hidden", name: "answer_id", value: button.dataset.answer });
  }
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
});
