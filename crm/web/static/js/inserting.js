/* Text blocks: a press puts one where the cursor of the answer stood, and the form says which one it was; a search field narrows the list, Enter takes the first. */
function insertText(button) {
  const field = one(button.dataset.inserts);
  if (!field) return;
  const text = one(".text-block-text", button).textContent;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  const gap = /\{\?[^{}\n]*\}/.exec(text); // the first gap is selected: whoever types fills it
  const end = field.selectionEnd;
  const from = gap ? end - text.length + gap.index : end;
  if (field.form) notePrepared(field.form, [["text_block_id", button.dataset.block]]);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  remember(field);
  dialog.addEventListener("close", () => { // after the focus has returned
    field.focus();
    field.setSelectionRange(from, gap ? from + gap[0].length : end);
  }, { once: true });
  dialog.close();
}

/* The form says from which prepared texts the answer was made. */
function notePrepared(form, chosen) {
  for (const [name, value] of chosen) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
}

const preparedIn = (form) => all("input[type=hidden]:is([name=text_block_id], [name=answer_id])", form).map(({ name, value }) => [name, value]);

const foldedText = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ß", "ss");

function narrow(field) {
  const list = one(field.dataset.narrows);
  const words = foldedText(field.value).split(/\s+/).filter(Boolean);
  const items = all("[data-narrowed]", list);
  for (const item of items) {
    const text = foldedText(item.textContent);
    item.hidden = !words.every((word) => text.includes(word));
  }
  const none = one("[data-narrowed-to-none]", list.parentElement);
  if (none) none.hidden = items.some((item) => !item.hidden);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-inserts]");
  if (button) insertText(button);
});
document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-narrows]")) narrow(target);
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "." && event.target.matches("textarea")) {
    const opens = one("[data-text-blocks]", event.target.closest("form") ?? document.createElement("form"));
    if (opens) { event.preventDefault(); opens.click(); }
  } else if (event.key === "Enter" && event.target.matches("[data-narrows]")) {
    event.preventDefault();
    one("[data-narrowed]:not([hidden]) [data-inserts]", one(event.target.dataset.narrows))?.click();
  }
});
