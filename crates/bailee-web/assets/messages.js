// Texts in the language of the page, with plurals, dates and lists as that language writes them.

import { english } from "./en.js";

/** @typedef {Record<string, string | Record<string, string>>} Catalogue */

/** One language: its texts over the English ones. */
export class Language {
  /** @param {string} tag BCP 47 @param {Catalogue} [texts] what the host says otherwise */
  constructor(tag, texts = {}) {
    this.tag = tag;
    this.texts = texts;
    this.plurals = new Intl.PluralRules(tag);
    this.relative = new Intl.RelativeTimeFormat(tag, { numeric: "auto" });
    this.lists = new Intl.ListFormat(tag);
  }

  /**
   * The text of a key, with `{name}` replaced. A text with several forms is chosen by `count`.
   *
   * @param {string} key
   * @param {Record<string, any>} [values]
   */
  text(key, values = {}) {
    let text = this.texts[key];
    if (text === undefined) {
      text = /** @type {Catalogue} */ (english)[key] ?? key;
      if (Object.keys(this.texts).length > 0) console.warn(`bailee: the catalogue lacks “${key}”`);
    }
    if (typeof text !== "string") text = text[this.plurals.select(values.count)] ?? text.other ?? "";
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
  }

  /** Whether there is such a text. @param {string} key */
  has(key) {
    return key in this.texts || key in english;
  }

  /** How long ago, or in how long. @param {string} at @param {number} [now] */
  ago(at, now = Date.now()) {
    const seconds = (Date.parse(at) - now) / 1000;
    for (const [unit, size] of /** @type {[Intl.RelativeTimeFormatUnit, number][]} */ ([
      ["day", 86_400],
      ["hour", 3_600],
      ["minute", 60],
    ])) {
      if (Math.abs(seconds) >= size) return this.relative.format(Math.trunc(seconds / size), unit);
    }
    return this.text("just_now");
  }

  /** A day. @param {string} at */
  day(at) {
    return new Intl.DateTimeFormat(this.tag, { day: "numeric", month: "short" }).format(new Date(at));
  }

  /** A day and a time. @param {string} at */
  time(at) {
    return new Intl.DateTimeFormat(this.tag, { dateStyle: "short", timeStyle: "short" }).format(new Date(at));
  }

  /** From when until when, in the zone of whoever reads it. @param {string} start @param {number} minutes */
  span(start, minutes) {
    const from = new Date(start);
    const format = new Intl.DateTimeFormat(this.tag, {
      weekday: "short",
      day: "numeric",
      month: "short",
      hour: "numeric",
      minute: "2-digit",
      timeZoneName: "short",
    });
    return format.formatRange(from, new Date(from.getTime() + minutes * 60_000));
  }

  /** `30 minutes`. @param {number} minutes */
  minutes(minutes) {
    const options = /** @type {const} */ ({ style: "unit", unit: "minute", unitDisplay: "long" });
    return new Intl.NumberFormat(this.tag, options).format(minutes);
  }

  /** `a, b, and c`. @param {string[]} items */
  list(items) {
    return this.lists.format(items);
  }
}
