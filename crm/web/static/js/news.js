/* News as they happen, by server-sent events. A browser may hold six connections to one host, so that all tabs of a person share
   one stream: whichever tab has the lock reads it and passes everything on. */
const NEWS = `nahbar-news-${document.body.dataset.user}`;
const NEWS_PAUSE = 30000; // until a stream that was refused is asked for again
const wire = "BroadcastChannel" in window ? new BroadcastChannel(NEWS) : null;
let heardAt = -Infinity;
let heldToasts = []; // for when somebody looks at this tab again

/* While the stream is heard nobody needs to ask for the bell. */
const hearsNews = () => performance.now() - heardAt < 2.5 * NEWS_PAUSE;

function tellNews(news) {
  wire?.postMessage(news);
  hearNews(news);
}

function hearNews(news) {
  heardAt = news.over ? -Infinity : performance.now();
  if (news.shown || news.unread === 0) heldToasts = [];
  if (news.bell) changeBell(news.bell);
  if (!news.toasts) return;
  heldToasts.push(...news.toasts);
  if (document.hidden) return;
  showHeldToasts();
  if (news.words) announce(news.words);
}

function changeBell(html) {
  const hadFocus = document.activeElement === one("#bell");
  one("#bell").outerHTML = html;
  htmx.process(one("#bell"));
  if (hadFocus) one("#bell").focus();
}

/* One tab shows what is urgent: the one that somebody sees, or comes back to first. */
function showHeldToasts() {
  if (!heldToasts.length) return;
  heldToasts.slice(-3).forEach((html) => one("#flash").insertAdjacentHTML("beforeend", html));
  all("[data-toast]").forEach(tendToast);
  heldToasts = [];
  wire?.postMessage({ shown: true });
}

/* Reads the stream until it is over, or `stop` says so; answers whether to ask for it again. */
function readNews(stop) {
  return new Promise((over) => {
    const seen = localStorage.getItem(NEWS);
    const source = new EventSource(`/notifications/stream${seen ? `?after=${seen}` : ""}`);
    const beat = setInterval(() => { if (source.readyState === EventSource.OPEN) tellNews({}); }, NEWS_PAUSE);
    const end = (again) => { source.close(); clearInterval(beat); tellNews({ over: true }); over(again); };
    source.addEventListener("open", () => tellNews({}));
    source.addEventListener("news", (event) => { localStorage.setItem(NEWS, event.lastEventId); tellNews(JSON.parse(event.data)); });
    source.addEventListener("end", () => end(false));
    source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) end(true); });
    stop?.addEventListener("abort", () => end(false));
  });
}

async function readNewsOn(stop) {
  while (await readNews(stop)) await new Promise((go) => { setTimeout(go, NEWS_PAUSE); });
}

/* Without locks (an address without https) each tab reads for itself, as long as it is seen. */
function readNewsWhileSeen() {
  let stop;
  const change = () => {
    stop?.abort();
    stop = document.hidden ? undefined : new AbortController();
    if (stop) readNewsOn(stop.signal);
  };
  document.addEventListener("visibilitychange", change);
  change();
}

if (document.body.dataset.user && "EventSource" in window) {
  wire?.addEventListener("message", (event) => hearNews(event.data));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) showHeldToasts(); });
  window.addEventListener("load", () => {
    if (wire && navigator.locks) navigator.locks.request(NEWS, () => readNewsOn());
    else readNewsWhileSeen();
  });
}
