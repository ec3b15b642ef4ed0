// Copy buttons: shown because they work, and answered in the page's status region.
(() => {
  const reveal = root => root.querySelectorAll("[data-copy][hidden]").forEach(button => { button.hidden = false; });

  const announce = words => {
    const message = document.createElement("div");
    message.className = "status-message";
    message.textContent = words;
    document.getElementById("status")?.replaceChildren(message);
    return message;
  };

  document.addEventListener("click", async event => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("copied");
    const message = announce(button.dataset.copied);
    setTimeout(() => { button.classList.remove("copied"); message.remove(); }, 4000);
  });

  if (!navigator.clipboard) return;
  reveal(document);
  document.addEventListener("htmx:after:swap", () => reveal(document));
})();
