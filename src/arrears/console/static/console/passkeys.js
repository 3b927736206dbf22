"use strict";
// Forms that use a passkey: what django-allauth's script needs to know of them.

document.querySelectorAll("form[data-passkey]").forEach(function (form) {
  const ids = {
    login: "passkey_login",
    authenticate: "use_passkey",
    add: "add_passkey",
    passwordless: "id_passwordless",
    credential: "id_credential",
    data: "js_data",
  };
  window.allauth.webauthn.forms[form.dataset.passkey]({ ids: ids });
});

// A passkey that was refused, cancelled or is not there: say so on the page.
document.addEventListener("allauth.error", function (event) {
  const told = document.getElementById("passkey_trouble");
  if (!told) return;
  event.preventDefault();
  told.hidden = false;
});
