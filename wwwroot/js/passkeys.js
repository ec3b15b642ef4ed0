// Forms that a passkey fills in: shown where the browser knows passkeys, sent when it has answered.
(() => {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;

  const options = async form => {
    const token = form.elements["__RequestVerificationToken"].value;
    const answer = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams({ __RequestVerificationToken: token }) });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  };

  const credential = async form => form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(await options(form)) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(await options(form)) });

  document.querySelectorAll("form[data-passkey]").forEach(form => {
    form.hidden = false;
    form.addEventListener("submit", async event => {
      event.preventDefault();
      const [button, failure] = [form.querySelector("button"), form.querySelector("[role=alert]")];
      button.disabled = true;
      failure.textContent = "";
      try {
        form.elements.credential.value = JSON.stringify(await credential(form));
        form.submit();
      } catch {
        // Given up by the person, or refused by the device: which of the two a page is not told.
        failure.textContent = form.dataset.failed;
        button.disabled = false;
      }
    });
  });
})();
