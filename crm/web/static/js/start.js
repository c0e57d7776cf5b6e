/* Runs for the page and again for each fragment. */
function prepare(root) {
  if (isMac) all("[data-mod]", root).forEach((mark) => { mark.textContent = "⌘"; });
  all("form[data-draft]", root).forEach(restoreDraft);
  if (root.matches?.("form[data-draft]")) restoreDraft(root);
  all("details[data-guide]", root).forEach(foldGuide);
  if (root.matches?.("#guide-beside")) all("details[data-guide]", root).forEach(foldGuide);
  all("form[data-proposes]", root).forEach(tendProposals);
  all("[data-understood]", root).forEach(showUnderstood);
  all("form[data-into-frame]", root).forEach((form) => form.submit()); // the preview of a mail: its HTML, by itself
  all("[data-toast]").forEach(tendToast);
  all(".filters > [aria-current]", root).forEach(bringIntoRow);
  countTicks();
}

/* A narrow screen shows a row of filters by and by: begin with the one that is on. */
function bringIntoRow(chip) {
  const row = chip.parentElement;
  row.scrollLeft += Math.max(0, chip.getBoundingClientRect().right - row.getBoundingClientRect().right + 40);
}

window.addEventListener("pageshow", () => all("form[data-busy]").forEach((form) => setBusy(form, false)));
settleSentDraft();
forgetDrafts((draft) => !draft || Date.now() - draft.at > DRAFT_DAYS * 86400000);
prepare(document);
one("main [data-focus]")?.focus();
