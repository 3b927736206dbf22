"use strict";
// What the console does beyond plain pages; every screen works without it.

(function () {
  // A form that acts is sent once; the server counts a second sending once as well.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.querySelectorAll("button[type=submit]").forEach(function (each) {
      each.setAttribute("aria-disabled", "true");
    });
    // What takes a while says so.
    form.querySelectorAll("[data-waiting]").forEach(function (each) {
      each.hidden = false;
    });
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-once]").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll("button[type=submit]").forEach(function (each) {
        each.removeAttribute("aria-disabled");
      });
      form.querySelectorAll("[data-waiting]").forEach(function (each) {
        each.hidden = true;
      });
    });
  });

  // The order of a list is part of its address; filters changed later keep it.
  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.target.id !== "list") return;
    const asked = new URLSearchParams(location.search);
    ["sort", "way"].forEach(function (name) {
      const kept = document.querySelector("form[role=search] input[name=" + name + "]");
      if (kept && asked.get(name)) kept.value = asked.get(name);
    });
  });

  // A part that could not be fetched: show the whole page, which says why.
  document.addEventListener("htmx:responseError", function () {
    location.reload();
  });
})();
