/* The form of a contact: one choice proposes others. What somebody has chosen by hand stays as it is. */
const chosenByHand = (field) => Boolean(field.dataset.byHand);

function tendProposals(form) {
  if ("draftRestored" in form.dataset || form.elements.version || one(".error-summary", form)) markAllByHand(form);
  tellReason(form);
}

const markAllByHand = (form) => [...form.elements].forEach((field) => { if (field.name) field.dataset.byHand = "yes"; });

function propose(form, name, value) {
  const field = form.elements[name];
  if (!field || chosenByHand(field) || field.value === value || !one(`option[value="${CSS.escape(value)}"]`, field)) return;
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true })); // what else follows it, such as the guide
}

/* A moment of truth by nature: of the touchpoint or of the reason. */
function proposeMoment(form, rules) {
  const tick = form.elements.is_moment_of_truth;
  const { touchpoint, reason } = form.elements;
  if (!chosenByHand(tick)) tick.checked = Boolean(rules.touchpoints[touchpoint.value]?.moment || rules.reasons[reason.value]?.moment);
}

function followTouchpoint(form, rules) {
  const place = rules.touchpoints[form.elements.touchpoint.value];
  propose(form, "phase", place ? place.phase : "");
  if (place && place.channels.length && !place.channels.includes(form.elements.channel.value)) propose(form, "channel", place.channels[0]);
  if (place && !form.elements.reason.value) {
    const fitting = Object.keys(rules.reasons).filter((code) => rules.reasons[code].touchpoint === form.elements.touchpoint.value);
    if (fitting.length === 1) propose(form, "reason", fitting[0]);
  }
}

function followChannel(form, rules) {
  const { channel, touchpoint } = form.elements;
  const place = rules.touchpoints[touchpoint.value];
  if (chosenByHand(touchpoint) || place?.channels.includes(channel.value)) return;
  propose(form, "touchpoint", rules.channels[channel.value] || "");
  followTouchpoint(form, rules);
}

function followReason(form, rules) {
  const { reason, touchpoint } = form.elements;
  const place = rules.reasons[reason.value]?.touchpoint;
  if (!place || chosenByHand(touchpoint)) return;
  propose(form, "touchpoint", place);
  followTouchpoint(form, rules);
}

/* What helps then, and in which phase the contact is noted. */
function tellReason(form) {
  const rules = JSON.parse(form.dataset.proposes);
  const { reason, phase } = form.elements;
  const remedy = one("[data-remedy]", form);
  const words = rules.reasons[reason.value]?.remedy || "";
  remedy.hidden = !words;
  one("[data-remedy-text]", remedy).textContent = words;
  one("[data-phase-name]", form).textContent = phase.selectedOptions[0]?.textContent || "";
}

document.addEventListener("change", ({ target, isTrusted }) => {
  const form = target.form;
  if (!form?.dataset.proposes || !target.name) return;
  if (isTrusted) target.dataset.byHand = "yes";
  const rules = JSON.parse(form.dataset.proposes);
  if (target.name === "touchpoint") followTouchpoint(form, rules);
  else if (target.name === "channel") followChannel(form, rules);
  else if (target.name === "reason") followReason(form, rules);
  if (["touchpoint", "channel", "reason"].includes(target.name)) proposeMoment(form, rules);
  tellReason(form);
  if (form.dataset.draft) saveDraft(form);
});
