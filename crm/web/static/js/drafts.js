/* Drafts: what is typed into form[data-draft] survives a closed tab until it was sent. A text area that is data-prefilled counts as empty. */
const DRAFT_DAYS = 7;
const draftKey = (form) => `nahbar:draft:${document.body.dataset.user || ""}:${form.dataset.draft}`;
const isTick = (field) => field.matches("[type=checkbox], [type=radio]");
const draftFields = (form) =>
  [...form.elements].filter((field) => field.name && !field.matches("button, fieldset, [type=hidden], [type=password], [type=file]") && !field.closest("#guide-beside"));

function saveDraft(form) {
  const values = draftFields(form).filter((field) => !isTick(field) || field.checked).map((field) => [field.name, field.value]);
  const files = all("input[type=file]", form).some((field) => field.files.length);
  localStorage.setItem(draftKey(form), JSON.stringify({ at: Date.now(), values, files }));
}

function restoreDraft(form) {
  const stored = JSON.parse(localStorage.getItem(draftKey(form)) || "null");
  const texts = all("textarea", form);
  if (!stored || !texts.length || texts.some((text) => text.value.trim() && !("prefilled" in text.dataset))) return;
  const typed = stored.values.filter(([name, value]) => value.trim() && texts.some((text) => text.name === name));
  if (!typed.length) return;
  for (const field of draftFields(form)) {
    const kept = stored.values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.matches("[type=checkbox]") || (isTick(field) && kept.length)) field.checked = kept.includes(field.value);
    else if (!isTick(field) && kept.length) [field.value] = kept;
  }
  form.dataset.draftRestored = "yes";
  const asks = one("[data-asks-anew]", form); // what a draft has changed may lead to another answer: it is asked for again
  if (asks) askAnew(asks);
  texts[0].closest("details")?.setAttribute("open", "");
  all("details", form).filter((each) => one("[type=checkbox]:checked", each)).forEach((each) => each.setAttribute("open", ""));
  const note = one("#draft-restored").content.cloneNode(true);
  if (!stored.files) one("[data-files-again]", note).remove();
  texts[0].closest(".field, form > *").before(note);
}

function askAnew(field) {
  const target = field.dataset.asksAnew;
  const ask = () => htmx.ajax("POST", field.getAttribute("hx-post"), { source: field, target, select: target, swap: "outerHTML" });
  if (document.readyState === "complete") ask();
  else window.addEventListener("load", ask, { once: true });
}

function forgetDraft(form) {
  localStorage.removeItem(draftKey(form));
  one(".draft-restored", form)?.remove();
}

function forgetDrafts(isDue) {
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith("nahbar:draft:"))) {
    if (isDue(JSON.parse(localStorage.getItem(key)))) localStorage.removeItem(key);
  }
}

/* A plain form was sent. Where an error, the log-in or the form with its errors came back, the draft stays. */
function settleSentDraft() {
  const key = sessionStorage.getItem("nahbar:sent");
  sessionStorage.removeItem("nahbar:sent");
  const form = all("form[data-draft]").find((each) => draftKey(each) === key);
  const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (key && !isBack && !one(".error-page, body.public") && !(form && one(".error-summary, [aria-invalid=true]", form))) {
    localStorage.removeItem(key);
  }
}
