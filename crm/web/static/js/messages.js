/* Announcements for screen readers, messages in the corner. */
function announce(text) {
  const region = one("#announcer");
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; });
}

const TOAST_SECONDS = 8;

/* Messages go by themselves; errors stay, and so does what can be undone. None goes while someone reads it. */
function tendToast(toast) {
  if (toast.dataset.tended) return;
  toast.dataset.tended = "yes";
  if (toast.matches(".rust, [data-stays]")) return;
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, TOAST_SECONDS * 1000);
}

function showOffline() {
  const toasts = one("#flash");
  if (one("[data-offline]", toasts)) return;
  const copy = one("#offline").content.cloneNode(true);
  one("[data-toast]", copy).dataset.offline = "yes";
  toasts.append(copy);
}
