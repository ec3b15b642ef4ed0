// What htmx needs to know of this portal: the token of unsafe requests, where a switch's answer goes, and what to say when none comes.
(() => {
  const switches = () => document.getElementById("switches");
  const status = () => document.getElementById("status");

  // What a switch posts to, without what its page saw when it was drawn (a query may say that): the same before and after a press.
  const addressOf = button => button?.formAction && new URL(button.formAction).pathname;

  // The row or card that an answer replaces: around the button itself, or, for an undo in the status region, around a switch of the
  // same mailbox.
  const placeOf = button => button?.closest("[data-swap]")
    ?? [...document.querySelectorAll("[data-swap] [formaction]")]
      .find(other => addressOf(other) === addressOf(button))?.closest("[data-swap]");

  // Without such a place the browser posts the form as if there were no script.
  document.addEventListener("submit", event => {
    if (event.target === switches() && !placeOf(event.submitter)) event.stopImmediatePropagation();
  }, true);

  document.addEventListener("htmx:config:request", event => {
    const { request } = event.detail.ctx;
    // An empty field filters nothing, and the address need not say so.
    if (request.method === "GET") [...request.body.keys()].filter(key => request.body.get(key) === "").forEach(key => request.body.delete(key));
    const token = switches()?.elements["__RequestVerificationToken"]?.value;
    if (token && request.method !== "GET") request.headers.RequestVerificationToken = token;
    if (request.form === switches() && request.submitter) {
      request.action = request.submitter.formAction;
      event.detail.ctx.target = placeOf(request.submitter);
    }
  });

  // A swap takes the pressed button away; its successor, the same switch of the same mailbox, gets the focus back.
  let pressed = null;
  document.addEventListener("htmx:before:swap", () => {
    const { activeElement } = document;
    const address = activeElement?.closest("[data-swap], #status") && addressOf(activeElement);
    pressed = address ? { name: activeElement.name, address } : null;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!pressed || document.activeElement !== document.body) return;
    [...document.querySelectorAll("[data-swap] [role=switch]")]
      .find(button => button.name === pressed.name && addressOf(button) === pressed.address)?.focus({ preventScroll: true });
  });

  // Nobody answered: say so where answers are said, and leave the page as it was.
  document.addEventListener("htmx:error", () => {
    const region = status();
    if (!region) return;
    const message = document.createElement("div");
    message.className = "status-message status-failed";
    message.textContent = region.dataset.lost;
    region.replaceChildren(message);
  });

  // A switch and its mark are named for those who listen; whoever points at them reads the same. A list need not carry every name twice for that.
  document.addEventListener("mouseover", event => {
    const pointed = event.target.closest?.("[role=switch], button.set-here");
    if (pointed) pointed.title = pointed.ariaLabel;
  });

  document.addEventListener("click", event => {
    if (event.target.closest?.("[data-close]")) status()?.replaceChildren();
  });
})();
