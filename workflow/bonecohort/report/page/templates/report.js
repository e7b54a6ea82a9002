"use strict";
(() => {
  const unfold = (element) => {
    for (let at = element; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
  };

  const followHash = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    unfold(target.querySelector(":scope > details") ?? target);
    target.scrollIntoView();
  };

  // The bytes of results hold no time. A server that keeps no dates gives the time of the visit.
  const showDateOfFile = () => {
    const date = new Date(document.lastModified);
    const isOfVisit = performance.timeOrigin - date < 5000;
    if (location.protocol !== "file:" && isOfVisit) return;
    const place = document.querySelector("[data-file-date]");
    const words = date.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
    place.textContent = `; date of this file: ${words}`;
    place.hidden = false;
  };

  const compare = (a, b, numeric) => {
    if (a === b) return 0;
    if (a === "") return 1;
    if (b === "") return -1;
    return numeric ? Number(a) - Number(b) : a.localeCompare(b, "en", { numeric: true });
  };

  const sortBy = (header, descending) => {
    const table = header.closest("table");
    const body = table.tBodies[0];
    const index = header.cellIndex;
    const numeric = header.hasAttribute("data-numeric");
    const value = (row) => row.cells[index].dataset.value;
    const sign = descending ? -1 : 1;
    const rows = [...body.rows].sort((one, other) => {
      const [a, b] = [value(one), value(other)];
      const order = compare(a, b, numeric);
      return a === "" || b === "" ? order : sign * order;
    });
    body.append(...rows);
    for (const cell of table.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  };

  for (const button of document.querySelectorAll(".sortable th button")) {
    button.addEventListener("click", () => {
      const header = button.parentElement;
      sortBy(header, header.getAttribute("aria-sort") === "ascending");
    });
  }

  for (const link of document.querySelectorAll("a[data-sort]")) {
    link.addEventListener("click", () => {
      const wanted = `#participants-table-rows th[data-name="${link.dataset.sort}"]`;
      const header = document.querySelector(wanted);
      if (!header) return;
      sortBy(header, false);
      header.closest(".scroll").scrollLeft = Math.max(0, header.offsetLeft - 160);
    });
  }

  for (const input of document.querySelectorAll("input[data-filters]")) {
    const rows = [...document.getElementById(input.dataset.filters).tBodies[0].rows];
    const count = document.querySelector(`[data-count="${input.dataset.filters}"]`);
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
      count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
    });
  }

  for (const button of document.querySelectorAll("[data-unfold]")) {
    button.addEventListener("click", () => {
      for (const one of document.querySelectorAll(button.dataset.of)) one.open = button.dataset.unfold === "yes";
    });
  }

  addEventListener("hashchange", followHash);
  followHash();
  showDateOfFile();
})();
