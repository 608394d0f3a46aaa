(() => {
  const field = document.querySelector("input[name=credential]");
  const options = JSON.parse(field.dataset.options);
  const isNew = field.dataset.isNew === "true";
  const failed = document.getElementById("passkeyFailed");
  // The form is sent by itself once there is a credential.
  field.form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      const credential = isNew
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      field.value = JSON.stringify(credential);
      field.form.submit();
    } catch {
      failed.hidden = false;
    }
  });
})();
