/* Forms are sent once; small things on click and input. */
let lastForm = null;

function setBusy(form, busy) {
  form.toggleAttribute("data-busy", busy);
  all("[type=submit], button:not([type])", form).forEach((button) => button.setAttribute("aria-busy", String(busy)));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("data-busy")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  lastForm = form;
  setBusy(form, true);
  if (form.matches("[data-clears-drafts]")) forgetDrafts(() => true);
  if (form.dataset.draft && !form.matches("[hx-post]")) sessionStorage.setItem("nahbar:sent", draftKey(form));
  const mayStay = form.method === "get" || form.target; // a download, or another tab
  setTimeout(() => setBusy(form, false), mayStay ? 1000 : 20000);
}, true);

/* A field for a moment in words: "in 2 weeks" by a press, or a moment out of the calendar. What it means is shown below. */
function tellField(field, words) {
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

const pickWords = (button) => tellField(document.getElementById(button.dataset.pickFor), button.dataset.pickWords);
const openCalendar = (button) => button.nextElementSibling.showPicker();

document.addEventListener("change", ({ target }) => {
  if (target.matches(".calendar-pick > input") && target.value) tellField(document.getElementById(target.dataset.pickFor), target.value.replace("T", " "));
});

/* Words that stood in the field already, after a mistake or out of a draft. */
function showUnderstood(field) {
  if (!field.value.trim()) return;
  htmx.ajax("GET", field.getAttribute("hx-get"), { source: field, target: field.getAttribute("hx-target"), swap: "innerHTML" }).catch(() => {}); // htmx:sendError has told
}

function toggleMore(open) {
  one("#nav-rest")?.classList.toggle("open", open);
  one("[data-nav-more]")?.setAttribute("aria-expanded", String(open));
}

async function copyText(button) {
  const field = document.getElementById(button.dataset.copy);
  field.select();
  if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
  else document.execCommand("copy"); // plain HTTP in an office network has no clipboard object
  announce(button.dataset.copied);
}

/* After a conflict: the same form again, now knowing the other version. */
function sendAgain(button) {
  button.closest("[data-toast]").remove();
  if (!lastForm?.isConnected) return;
  lastForm.elements.version.value = button.dataset.resendVersion;
  lastForm.requestSubmit();
}

function discardDraft(button) {
  const form = button.closest("form");
  forgetDraft(form);
  form.reset();
  bringCustomer(form, form.dataset.draftRestored);
  all("[data-understood]", form).forEach((field) => htmx.find(field.getAttribute("hx-target")).replaceChildren());
}

const ON_CLICK = {
  "[data-palette]": openPalette,
  "[data-belongs]": pickBelonging,
  "[data-dialog]": openInDialog,
  "[data-dialog-close]": (button) => button.closest("dialog").close(),
  "[data-keys-sheet]": openKeysSheet,
  "[data-toast-close]": (button) => button.closest("[data-toast]").remove(),
  "[data-pick-words]": pickWords,
  "[data-calendar]": openCalendar,
  "[data-move]": moveRow,
  "[data-copy]": copyText,
  "[data-nav-more]": (button) => toggleMore(button.getAttribute("aria-expanded") !== "true"),
  "[data-back]": () => history.back(),
  "[data-reload]": () => location.reload(),
  "[data-resend-version]": sendAgain,
  "[data-draft-discard]": discardDraft,
};

document.addEventListener("click", (event) => {
  const target = event.target.closest("a, button");
  if (!target || (target.matches("a") && (event.ctrlKey || event.metaKey || event.shiftKey))) return; // another tab
  if (target.dataset.confirm && target.dataset.confirmed !== "yes") {
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(target);
    return;
  }
  delete target.dataset.confirmed;
  for (const [selector, act] of Object.entries(ON_CLICK)) {
    if (!target.matches(selector)) continue;
    event.preventDefault();
    act(target);
    return;
  }
}, true);

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (event.target.matches("[data-theme-choice]")) document.documentElement.dataset.theme = event.target.value;
  else if (form?.dataset.draft) saveDraft(form);
});
