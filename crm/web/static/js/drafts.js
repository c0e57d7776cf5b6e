/* Drafts: what is typed into form[data-draft] survives a closed tab until it was sent, and so does the customer that was picked. A
   text area that is data-prefilled counts as empty. */
const DRAFT_DAYS = 7;
const draftKey = (form) => `nahbar:draft:${document.body.dataset.user || ""}:${form.dataset.draft}`;
const isTick = (field) => field.matches("[type=checkbox], [type=radio]");
const draftFields = (form) =>
  [...form.elements].filter((field) => field.name && !field.matches("button, fieldset, [type=hidden], [type=password], [type=file]") && !field.closest("#guide-beside"));

/* Two tabs may write at once: whoever finds the draft of another tab that is still being written keeps one of their own. */
const TAB = sessionStorage.getItem("nahbar:tab") || Math.random().toString(36).slice(2);
sessionStorage.setItem("nahbar:tab", TAB);
const ANSWER_MS = 200;
const draftTalk = new BroadcastChannel("nahbar:drafts");
const storedDraft = (key) => JSON.parse(localStorage.getItem(key) || "null");
const keepApart = (form) => { form.dataset.draft += `:${TAB}`; };
const isWritten = (key) => all("form[data-draft]").some((form) => draftKey(form) === key && all("textarea", form).some((text) => text.value.trim()));

draftTalk.addEventListener("message", ({ data }) => {
  if (data.asks && isWritten(data.asks)) draftTalk.postMessage({ writes: data.asks });
});

/* Whether another tab has this draft open. */
function isOpenElsewhere(key) {
  return new Promise((resolve) => {
    const listener = ({ data }) => { if (data.writes === key) done(true); };
    const done = (is) => { draftTalk.removeEventListener("message", listener); resolve(is); };
    draftTalk.addEventListener("message", listener);
    draftTalk.postMessage({ asks: key });
    setTimeout(done, ANSWER_MS, false);
  });
}

const comingBack = new WeakMap(); // form -> what its draft says, until the customer of the draft is there

function saveDraft(form) {
  if (comingBack.has(form)) return;
  const before = storedDraft(draftKey(form));
  if (before && before.tab !== TAB && !("draftRestored" in form.dataset)) keepApart(form);
  const values = draftFields(form).filter((field) => !isTick(field) || field.checked).map((field) => [field.name, field.value, ...wordsOf(field)]);
  const guide = draftGuide(form);
  const files = all("input[type=file]", form).some((field) => field.files.length);
  localStorage.setItem(draftKey(form), JSON.stringify({ at: Date.now(), tab: TAB, values, files, guide, customer: customerIn(form), chosen: preparedIn(form) }));
}

/* A fresh form may not offer what a search has found: its words are kept too. */
const wordsOf = (field) => (field.matches("[data-keeps-words]") && field.value ? [field.selectedOptions[0].textContent] : []);

const customerIn = (form) => form.elements.customer_id?.value || "";

/* The steps of the guide that were ticked; in another guide they mean nothing. */
function draftGuide(form) {
  const ticked = all("#guide-beside :checked", form).filter(isTick).map((field) => [field.name, field.value]);
  return { shown: form.elements.guide_shown?.value || "", ticked };
}

function fillIn(fields, values) {
  for (const field of fields) {
    const kept = values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.matches("[type=checkbox]") || (isTick(field) && kept.length)) field.checked = kept.includes(field.value);
    else if (field.matches("select") && kept.length && ![...field.options].some((option) => option.value === kept[0])) continue;
    else if (!isTick(field) && kept.length) [field.value] = kept;
  }
}

/* The values of a draft; what belongs to its customer is offered to no other. */
function fillValues(form, { values, customer }) {
  if (customer === undefined || customer === customerIn(form)) values.filter(([, , words]) => words).forEach(([name, value, words]) => offerOption(form.elements[name], value, words));
  fillIn(draftFields(form), values);
}

function fillGuide(form, guide) {
  if (!guide?.ticked.length || guide.shown !== form.elements.guide_shown?.value) return;
  fillIn(all("#guide-beside input", form).filter(isTick), guide.ticked);
}

/* The form was opened for nobody or somebody else: the draft's customer is fetched, and then what depends on them is filled in. */
function bringCustomer(form, customer) {
  const part = one("#contact-customer", form);
  if (!part || !form.dataset.customerAt || customer === undefined || customer === customerIn(form)) return false;
  const where = form.dataset.customerAt + (customer ? `?customer_id=${customer}` : "");
  htmx.ajax("GET", where, { source: part, target: part, swap: "outerHTML" }).then(() => fillDependent(form)).catch(() => comingBack.delete(form));
  return true;
}

function fillDependent(form) {
  const stored = comingBack.get(form);
  comingBack.delete(form);
  if (!stored || customerIn(form) !== stored.customer) return;
  fillValues(form, stored);
  fillGuide(form, stored.guide);
}

function restoreDraft(form) {
  if (storedDraft(`${draftKey(form)}:${TAB}`)) keepApart(form);
  const key = draftKey(form);
  const stored = storedDraft(key);
  if (!stored || !stored.tab || stored.tab === TAB) fillFromDraft(form, stored);
  else isOpenElsewhere(key).then((is) => (is ? draftKey(form) === key && keepApart(form) : fillFromDraft(form, stored)));
}

function fillFromDraft(form, stored) {
  const texts = all("textarea", form);
  if (!stored || !texts.length || texts.some((text) => text.value.trim() && !("prefilled" in text.dataset))) return;
  const typed = stored.values.filter(([name, value]) => value.trim() && texts.some((text) => text.name === name));
  if (!typed.length) return;
  fillValues(form, stored);
  fillGuide(form, stored.guide);
  notePrepared(form, (stored.chosen || []).filter(([name, value]) => !one(`input[type=hidden][name=${name}][value="${CSS.escape(value)}"]`, form)));
  form.dataset.draftRestored = customerIn(form);
  comingBack.set(form, stored);
  if (!bringCustomer(form, stored.customer)) comingBack.delete(form);
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
