// Progressive enhancement only: every page works without this file.
(() => {
  "use strict";

  const LARGE = [["兆", 1e12], ["億", 1e8], ["万", 1e4]];
  const SMALL = { 千: 1000, 百: 100, 十: 10 };
  const KANJI_DIGITS = "〇一二三四五六七八九";
  const LIMIT = 1000000000000000;

  // "5千" of "5千万" -> 5000, or null.
  function parsePart(part) {
    let total = 0;
    let last = 10000;
    let rest = part;
    do {
      const piece = /^((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)?([千百十])?/.exec(rest);
      const size = SMALL[piece[2]] || 1;
      if (!piece[0] || size >= last) return null;
      total += Number((piece[1] || "1").replaceAll(",", "")) * size;
      last = size;
      rest = rest.slice(piece[0].length);
    } while (rest);
    return total;
  }

  // "1億5千万円", "１２３４", "1.5万" -> whole yen, or null where the server (portal/common/japanese.py) would not read it.
  function parseYen(text) {
    let rest = text
      .normalize("NFKC")
      .replace(/\s/g, "")
      .replace(/[−‐‑‒–—―ー▲△]/g, "-")
      .replaceAll("、", ",")
      .replace(/^(-?)[¥\\]/, "$1")
      .replace(/円$/, "")
      .replace(/[〇一二三四五六七八九]/g, (digit) => KANJI_DIGITS.indexOf(digit));
    const sign = rest.startsWith("-") ? -1 : 1;
    if (sign < 0) rest = rest.slice(1);
    if (!rest || rest.length > 60) return null;
    let total = 0;
    for (const [unit, size] of LARGE) {
      const at = rest.indexOf(unit);
      if (at < 0) continue;
      const part = parsePart(rest.slice(0, at));
      if (part === null) return null;
      total += part * size;
      rest = rest.slice(at + 1);
    }
    if (rest) {
      const part = parsePart(rest);
      if (part === null) return null;
      total += part;
    }
    total = Number(total.toFixed(6));
    return Number.isSafeInteger(total) && total <= LIMIT ? sign * total : null;
  }

  // 123456789 -> "1億2,345万6,789円"
  function writeYen(yen) {
    let rest = Math.abs(yen);
    let words = "";
    for (const [unit, size] of [...LARGE, ["", 1]]) {
      const count = Math.floor(rest / size);
      rest %= size;
      if (count) words += count.toLocaleString("ja-JP") + unit;
    }
    return (yen < 0 ? "▲" : "") + (words || "0") + "円";
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
    if (status) status.textContent = done ? button.dataset.copied || "リンクをコピーしました。" : "選択しました。コピーして使ってください。";
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
