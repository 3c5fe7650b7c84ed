// A language for tests: every text is longer than any translation, and written from right to left.

const [RIGHT_TO_LEFT, OVERRIDE, END] = ["\u200f", "\u202e", "\u202c"];

/**
 * The catalogue of a language that nobody speaks, made of the English one. Its letters stay readable, from the right.
 * `lang="ar"` gives it Arabic plurals, dates and lists.
 *
 * @param {Record<string, string | Record<string, string>>} english
 */
export function pseudo(english) {
  return Object.fromEntries(Object.entries(english).map(([key, text]) => [key, forms(text)]));
}

/** @param {string | Record<string, string>} text */
function forms(text) {
  if (typeof text === "string") return long(text);
  return Object.fromEntries(Object.entries(text).map(([form, one]) => [form, long(one)]));
}

/** Half as long again; what is replaced stays as it is. @param {string} text */
function long(text) {
  return text.replace(/\{\w+\}|[^{}\s]+/g, (word) => (word.startsWith("{") ? word : turned(word)));
}

/** @param {string} word */
function turned(word) {
  const longer = word.replace(/[aeiouy]/gi, (vowel) => vowel.repeat(2)) + "~";
  return RIGHT_TO_LEFT + OVERRIDE + longer + END + RIGHT_TO_LEFT;
}
