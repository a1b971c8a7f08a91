// What a person reads when a passkey cannot be made or used; allauth's scripts do the rest.
(() => {
  "use strict";

  document.addEventListener("allauth.error", (event) => {
    const place = document.querySelector("[data-passkey-error]");
    if (!place) return;
    event.preventDefault();
    const { name } = event.detail.exception;
    place.textContent = place.dataset[name === "InvalidStateError" ? "again" : name === "SecurityError" ? "origin" : "other"];
    place.hidden = false;
    place.focus();
  });
})();
