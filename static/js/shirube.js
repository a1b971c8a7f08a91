// Progressive enhancement only: every page works without this file.
(() => {
  "use strict";

  const UNITS = { 億: 100000000, 万: 10000, 千: 1000 };
  const LIMIT = 1000000000000000;

  // "1億2,000万円", "１２３４", "1.5万" -> whole yen, or null where it cannot be read.
  function parseYen(text) {
    const plain = text.normalize("NFKC").replace(/[\s,¥円]/g, "");
    if (!/^(\d+(\.\d+)?[億万千]?)+$/.test(plain)) return null;
    let total = 0;
    let last = Infinity;
    for (const [, number, unit] of plain.matchAll(/(\d+(?:\.\d+)?)([億万千]?)/g)) {
      const size = UNITS[unit] || 1;
      if (size >= last) return null;
      last = size;
      total += Number(number) * size;
    }
    total = Number(total.toFixed(6));
    return Number.isSafeInteger(total) && total <= LIMIT ? total : null;
  }

  // 123456789 -> "1億2,345万6,789円"
  function writeYen(yen) {
    const parts = [
      [Math.floor(yen / 100000000), "億"],
      [Math.floor(yen / 10000) % 10000, "万"],
      [yen % 10000, ""],
    ];
    const words = parts.filter(([n]) => n > 0).map(([n, unit]) => n.toLocaleString("ja-JP") + unit);
    return (words.join("") || "0") + "円";
  }

  function outputFor(input) {
    const known = document.getElementById(input.id + "-echo");
    if (known) return known;
    const output = document.createElement("output");
    output.className = "yen-echo";
    output.id = input.id + "-echo";
    output.htmlFor = input.id;
    (input.closest(".input-unit") || input).after(output);
    return output;
  }

  function echo(input) {
    const text = input.value.trim();
    const yen = parseYen(text);
    outputFor(input).textContent = text === "" ? "" : yen === null ? "金額を読み取れません" : "＝" + writeYen(yen);
  }

  // 「わからない」 and 「どれもない」 (data-alone) do not stand beside another answer of their question.
  function settleAlone(target) {
    const scope = target.closest("[data-alone-scope]");
    const answered = target.type === "checkbox" ? target.checked : target.value !== "";
    if (!scope || !answered) return;
    const others = target.matches("[data-alone]") ? "input[type=checkbox]" : "input[data-alone]";
    scope.querySelectorAll(others).forEach((box) => { if (box !== target) box.checked = false; });
  }

  async function copy(button) {
    const field = document.querySelector(button.dataset.copy);
    const status = document.querySelector(button.dataset.copyStatus);
    let done = true;
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.focus();
      field.select();
      done = false;
    }
    if (status) status.textContent = done ? "リンクをコピーしました。" : "リンクを選択しました。コピーして使ってください。";
  }

  function enhance(root) {
    root.querySelectorAll("input[data-yen-echo]").forEach((input) => { if (input.value) echo(input); });
    root.querySelectorAll("[data-js-only]").forEach((element) => { element.hidden = false; });
    root.querySelectorAll("[data-no-js]").forEach((element) => { element.hidden = true; });
  }

  document.addEventListener("input", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.matches("input[data-yen-echo]")) echo(event.target);
    settleAlone(event.target);
  });

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("button[data-copy]");
    if (button) copy(button);
  });

  document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));

  enhance(document);
  const summary = document.querySelector(".error-summary");
  if (summary) summary.focus();
})();
