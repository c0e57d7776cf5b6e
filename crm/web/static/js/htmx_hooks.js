/* What htmx leaves open: focus, announcements and errors around a swap. */
let focusWasInside = false;
const cameAlong = new Set(); // ids of what a response brought beside its fragment: the focus does not go there
const closesDialog = (detail) => Boolean(detail.xhr?.getResponseHeader("HX-Trigger")?.includes("close-dialog"));

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  const isPoll = elt.matches("[data-poll]") && requestConfig.path === elt.getAttribute("hx-get"); // a press on the bell is none
  if (isPoll && (document.hidden || (elt.id === "bell" && hearsNews()))) event.preventDefault();
  else if (!isPoll) one(".progress-line").classList.add("busy");
});

document.addEventListener("htmx:afterRequest", (event) => {
  const source = event.detail.requestConfig.elt; // may be gone by now, with the dialog it stood in
  one(".progress-line").classList.remove("busy");
  if (!source.matches("form")) return;
  setBusy(source, false);
  const isDone = event.detail.xhr.status >= 200 && event.detail.xhr.status < 400; // for htmx a swapped 422 is a success
  if (isDone && source.dataset.draft) forgetDraft(source);
  if (isDone && source.isConnected && source.matches(".composer-form")) source.reset();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail;
  if (closesDialog(event.detail) && target.id === "dialog-body") event.detail.swapOverride = "none"; // what is out of band still comes
  focusWasInside = target.contains(document.activeElement);
  cameAlong.clear();
});

document.addEventListener("htmx:oobBeforeSwap", (event) => cameAlong.add(event.detail.target.id));

document.addEventListener("htmx:afterSettle", (event) => {
  const swapped = event.detail.elt;
  prepare(swapped);
  const words = swapped.matches("[data-announce]") ? swapped : one("[data-announce]", swapped);
  if (words) announce(words.dataset.announce);
  if (swapped.id === "palette-list") choose(paletteInput, palette, optionsIn(palette)[0]);
  else if (swapped.matches(PICKED)) openPicks(swapped);
  else if (swapped.id === "dialog-body") { if (!closesDialog(event.detail)) openDialog(swapped); }
  else if (focusWasInside && !cameAlong.has(swapped.id) && document.activeElement === document.body && !swapped.matches("#flash, #flash *")) keepFocus(swapped);
});

/* The focused element is gone and none with its id came: go to what the fragment names, or to the fragment itself. */
function keepFocus(swapped) {
  if (!swapped.isConnected) return;
  const next = swapped.id === "contact-customer" && fieldAfter(swapped); // chosen: on with the form
  const named = next || (swapped.matches("[data-focus], a[href], button") ? swapped : one("[data-focus], .row-link, a[href], button, [tabindex]", swapped));
  const target = named || swapped;
  if (!named) target.tabIndex = -1;
  target.focus({ preventScroll: true });
  focusWasInside = false;
}

/* The first field of the form that comes after a part of it. */
function fieldAfter(part) {
  const comesAfter = (field) => part.compareDocumentPosition(field) === Node.DOCUMENT_POSITION_FOLLOWING;
  return all("input:not([type=hidden]), select, textarea", part.closest("form") || part).find(comesAfter);
}

document.addEventListener("customer-picked", () => { // the draft keeps who was picked
  const form = one("#contact-customer")?.closest("form[data-draft]");
  if (form && all("textarea", form).some((text) => text.value.trim())) saveDraft(form);
});
document.addEventListener("close-dialog", closeDialogs);
document.addEventListener("announce", (event) => announce(event.detail.value));
document.addEventListener("htmx:sendError", showOffline);
document.addEventListener("htmx:timeout", showOffline);
