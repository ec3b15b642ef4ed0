// The server writes exact times in UTC; here they become the reader's own clock. "5 minutes ago" stays as it was said.
(() => {
  const exact = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, {
    day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
  });
  const tell = () => document.querySelectorAll("time[datetime]:not([data-told])").forEach(time => {
    time.title = exact.format(new Date(time.dateTime));
    time.dataset.told = "";
  });
  tell();
  document.addEventListener("htmx:after:swap", tell);
})();
