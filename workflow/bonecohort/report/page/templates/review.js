"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const places = data.places.map((place) => ({ ...place, row: byId(place.key) }));
  const byKey = new Map(places.map((place) => [place.key, place]));
  const articles = [...document.querySelectorAll("article.participant")];
  const keyOf = (row) => `${row.participant_id}|${row.site}|${row.technique}`;

  // Pages of different studies, opened from files, share one store: title and folder are part of
  // the name.
  const STORE = `bonecohort review ${data.study} ${location.pathname}`;
  let store = new Map();
  try {
    localStorage.setItem(STORE, localStorage.getItem(STORE) ?? "{}");
    const kept = localStorage;
    store = { get: (name) => kept.getItem(name), set: (name, text) => kept.setItem(name, text) };
  } catch {
    byId("storage").hidden = false;
  }

  // What a verdict was given on: the files' own row and the measured values. When either is
  // another now, a verdict that the browser kept does not count any more.
  const base = (place) => JSON.stringify([place.file, place.digest]);
  const own = new Map();
  const unsaved = new Set();
  const outdated = new Map();

  const readKept = () => {
    let kept = {};
    try {
      kept = JSON.parse(store.get(STORE) ?? "{}");
    } catch {
      return;
    }
    byId("reader").value = kept.reader ?? "";
    for (const [key, verdict] of Object.entries(kept.verdicts ?? {})) {
      const place = byKey.get(key);
      if (place && !place.fixed && verdict.base === base(place)) own.set(key, verdict);
      else if (!place?.file) outdated.set(key, verdict);
    }
    byId("outdated").hidden = !outdated.size;
    byId("outdated").textContent =
      `${outdated.size} of the verdicts that this browser kept were given on other values, and do not count now.`;
  };

  const keep = () => {
    const verdicts = Object.fromEntries([...outdated, ...own]);
    const text = JSON.stringify({ reader: byId("reader").value, verdicts });
    try {
      store.set(STORE, text);
    } catch {
      byId("storage").hidden = false;
    }
  };

  const verdictOf = (place) => (own.has(place.key) ? own.get(place.key) : place.file);

  const paint = (place) => {
    const found = verdictOf(place);
    const verdict = found?.verdict ?? "";
    place.row.dataset.verdict = verdict;
    const who = found?.reader ? `, ${found.reader}` : "";
    const why = found?.reason ? `: ${found.reason}` : "";
    place.row.querySelector(".verdict").textContent = verdict && `· ${verdict}${why}${who}`;
  };

  const tellProgress = () => {
    const count = Object.fromEntries(["", ...data.verdicts].map((verdict) => [verdict, 0]));
    for (const place of places) count[verdictOf(place)?.verdict ?? ""] += 1;
    const counted = data.verdicts.map((verdict) => `${count[verdict]} ${verdict}`).join(", ");
    byId("progress").textContent =
      `${places.length - count[""]} of ${places.length} looked at: ${counted}. ${count[""]} not looked at.`;
  };

  // Filters and order
  const fits = {
    participant: (place, wanted) => place.participant_id.toLowerCase().includes(wanted.trim().toLowerCase()),
    technique: (place, wanted) => place.technique === wanted,
    site: (place, wanted) => place.site === wanted,
    flag: (place, wanted) =>
      wanted === "*any" ? place.flags.length > 0
        : wanted === "*none" ? place.flags.length === 0
          : place.flags.includes(wanted),
    stage: (place, wanted) =>
      place.stages.includes(wanted) || data.participants[place.participant_id].includes(wanted),
    reader: (place, wanted) => place.readers.includes(wanted),
    verdict: (place, wanted) => (verdictOf(place)?.verdict || "none") === wanted,
  };
  const controls = [...document.querySelectorAll("[data-filter]")];

  const filter = () => {
    const wanted = controls.filter((control) => control.value !== "");
    let n = 0;
    for (const place of places) {
      const shown = wanted.every((control) => fits[control.dataset.filter](place, control.value));
      place.row.hidden = !shown;
      n += shown;
    }
    for (const article of articles) {
      const hasRows = article.querySelector(".place:not([hidden])");
      article.hidden = wanted.length > 0 && !hasRows;
    }
    byId("shown").textContent = `${n} of ${places.length} shown`;
    if (current?.row.hidden) select(shownPlaces()[0] ?? null);
  };

  const RANKS = {
    "": () => 0,
    flags: (place) => -place.flags.length,
    open: (place) => (verdictOf(place)?.verdict ? 1 : 0),
    low: (place) => place.number ?? Infinity,
    high: (place) => -(place.number ?? -Infinity),
  };

  const sort = () => {
    const rank = RANKS[byId("sort").value];
    const order = new Map(places.map((place, at) => [place.row, [rank(place), at]]));
    const compare = (a, b) => (a[0] === b[0] ? a[1] - b[1] : a[0] < b[0] ? -1 : 1);
    const ranked = articles.map((article, at) => {
      for (const list of article.querySelectorAll(".places")) {
        list.append(...[...list.children].sort((a, b) => compare(order.get(a), order.get(b))));
      }
      const rows = [...article.querySelectorAll(".place:not([hidden])")];
      const first = rows.sort((a, b) => compare(order.get(a), order.get(b)))[0];
      return { article, rank: [first ? order.get(first)[0] : Infinity, at] };
    });
    ranked.sort((a, b) => compare(a.rank, b.rank));
    byId("participants").append(...ranked.map((one) => one.article));
  };

  const shownPlaces = () =>
    [...document.querySelectorAll("article:not([hidden]) .place:not([hidden])")].map((row) => byKey.get(row.id));

  // The measurement that is judged now
  let current = null;

  const select = (place, { focus = false } = {}) => {
    current?.row.removeAttribute("aria-current");
    current = place;
    byId("judge").hidden = !place;
    byId("needed").textContent = "";
    if (!place) return;
    place.row.setAttribute("aria-current", "true");
    byId("reason").value = verdictOf(place)?.reason ?? "";
    byId("all").checked = false;
    const fixed = place.fixed ? ": left out by a row of exclusions for several; change it in the file" : "";
    byId("current").textContent = `${place.participant_id} · ${place.site} · ${place.technique.replaceAll("_", " ")}${fixed}`;
    for (const control of byId("judge").querySelectorAll("[data-verdict], #reason, #all")) control.disabled = place.fixed;
    if (focus) place.row.focus({ preventScroll: true });
    place.row.scrollIntoView({ block: "nearest" });
  };

  const step = (by) => {
    const shown = shownPlaces();
    const at = shown.indexOf(current);
    const next = shown[at < 0 ? 0 : at + by];
    if (next) select(next, { focus: true });
    return Boolean(next);
  };

  const plain = (text) => text.replace(/\s+/g, " ").trim();
  const today = () => {
    const now = new Date();
    const two = (number) => String(number).padStart(2, "0");
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  };

  const give = (verdict) => {
    if (!current || current.fixed) return;
    const reason = plain(byId("reason").value);
    if (verdict === "reject" && !reason) {
      byId("needed").textContent = "A reject needs a reason.";
      byId("reason").focus();
      return;
    }
    const together = verdict === "reject" && byId("all").checked
      ? places.filter((place) => !place.fixed && place.participant_id === current.participant_id && place.site === current.site)
      : [current];
    for (const place of together) {
      own.set(place.key, {
        verdict, reason: verdict === "accept" ? "" : reason,
        reader: plain(byId("reader").value), date: today(), base: base(place),
      });
      paint(place);
    }
    keep();
    unsaved.add("exclusions").add("review");
    tellProgress();
    const judged = current;
    if (!step(1)) select(judged, { focus: true });
    filter();
  };

  const takeBack = () => {
    if (!current || current.fixed) return;
    // A row of the files is taken back by a verdict that is none.
    if (current.file) own.set(current.key, { verdict: "", base: base(current) });
    else own.delete(current.key);
    paint(current);
    keep();
    tellProgress();
    select(current);
  };

  // Saving: the rows of the files that are of no measurement of this page stay as they are.
  const cell = (text) => (/["\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const save = (name, rows) => {
    const columns = data.columns[name];
    const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))];
    const text = `\ufeff${lines.map((line) => line.map(cell).join("\t")).join("\n")}\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/tab-separated-values" }));
    link.download = `${name}.tsv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    unsaved.delete(name);
  };
  const rowOf = (place) => ({ participant_id: place.participant_id, site: place.site, technique: place.technique, ...verdictOf(place) });
  const hasOwnRow = (place) => own.has(place.key) || !place.several;
  const merged = (rows, isKept) => {
    const kept = places.filter((place) => !place.fixed && hasOwnRow(place) && isKept(place));
    const wanted = new Map(kept.map((place) => [place.key, rowOf(place)]));
    const found = [];
    for (const row of rows) {
      const key = keyOf(row);
      const place = byKey.get(key);
      if (!place || place.fixed) found.push(row);
      else if (wanted.has(key)) found.push(wanted.get(key));
      wanted.delete(key);
    }
    return [...found, ...wanted.values()];
  };
  byId("save-exclusions").addEventListener("click", () => {
    save("exclusions", merged(data.exclusions, (place) => verdictOf(place)?.verdict === "reject"));
  });
  byId("save-review").addEventListener("click", () => {
    save("review", merged(data.review, (place) => Boolean(verdictOf(place)?.verdict)));
  });

  for (const control of controls) control.addEventListener("input", () => { filter(); sort(); });
  byId("sort").addEventListener("input", sort);
  byId("reset").addEventListener("click", () => {
    for (const control of controls) control.value = "";
    filter();
    sort();
  });
  byId("reader").addEventListener("input", keep);
  byId("participants").addEventListener("click", (event) => {
    const row = event.target.closest(".place");
    if (row) select(byKey.get(row.id));
  });
  byId("judge").addEventListener("submit", (event) => {
    event.preventDefault();
    give("reject");
  });
  for (const button of document.querySelectorAll("#judge [data-verdict]:not([type=submit])")) {
    button.addEventListener("click", () => give(button.dataset.verdict));
  }
  for (const button of document.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => step(Number(button.dataset.step)));
  }
  document.querySelector("[data-guide]").addEventListener("click", () => { byId("guide").open = true; });

  const KEYS = {
    a: () => give("accept"),
    l: () => give("look again"),
    r: () => { if (current && !current.fixed) byId("reason").focus(); },
    u: takeBack,
    j: () => step(1), ArrowDown: () => step(1),
    k: () => step(-1), ArrowUp: () => step(-1),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, select, textarea");
    if (typing) {
      if (event.key === "Escape") {
        event.target.blur();
        current?.row.focus();
      }
      return;
    }
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  addEventListener("beforeunload", (event) => {
    if (unsaved.size && !byId("storage").hidden) event.preventDefault();
  });

  readKept();
  for (const place of places) paint(place);
  tellProgress();
  filter();
  if (places.length) select(places[0]);
  scrollTo(0, 0);
  if (location.hash) byId(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
})();
