use super::{Kind, Span, Style, read};

/// The spans of one line, with `b` for bold, `i` for italic and `l` for a link.
fn styles(line: &str) -> Vec<(String, String)> {
    let name = |style: Style| {
        let mut name = String::new();
        name.push_str(if style.bold { "b" } else { "" });
        name.push_str(if style.italic { "i" } else { "" });
        name.push_str(&style.link.map(|url| format!("l {url}")).unwrap_or_default());
        name
    };
    let spans = read(line).into_iter().flat_map(|block| block.spans);
    spans.map(|Span { text, style }| (text, name(style))).collect()
}

fn of(parts: &[(&str, &str)]) -> Vec<(String, String)> {
    parts.iter().map(|(text, style)| ((*text).to_owned(), (*style).to_owned())).collect()
}

#[test]
fn marks_become_styles() {
    for (line, expected) in [
        ("a **b** c", &[("a ", ""), ("b", "b"), (" c", "")][..]),
        ("*a* _b_ __c__", &[("a", "i"), (" ", ""), ("b", "i"), (" ", ""), ("c", "b")]),
        ("***a***", &[("a", "bi")]),
        ("**a *b***", &[("a ", "b"), ("b", "bi")]),
        ("*a **b** c*", &[("a ", "i"), ("b", "bi"), (" c", "i")]),
        (
            "[a **b**](https://x.test/y_(z)?q=1) c",
            &[("a ", "l https://x.test/y_(z)?q=1"), ("b", "bl https://x.test/y_(z)?q=1"), (" c", "")],
        ),
        ("**[a](mailto:bob@example.test)**", &[("a", "bl mailto:bob@example.test")]),
    ] {
        assert_eq!(styles(line), of(expected), "{line}");
    }
}

#[test]
fn what_is_not_understood_stays_text() {
    for line in [
        "2 * 3 * 4 = 24",
        "snake_case_name and __init__py",
        "a ** b ** c",
        "**open",
        "*",
        "***",
        "[a](javascript:alert(1))",
        "[a](/relative)",
        "[a](https://)",
        "[a] (https://x.test)",
        "[](https://x.test)",
        "![picture](https://x.test/a_b_c.png)",
        "`code **stays** code`",
        "| a | b |",
        "> said",
        "#hashtag",
        "####### seven",
        "2026. was a year",
        "1.5 litres",
        "<b>no</b>",
        "a\u{301}**",
    ] {
        assert_eq!(styles(line), of(&[(line, "")]), "{line}");
    }
}

#[test]
fn an_escaped_mark_is_a_character() {
    assert_eq!(styles(r"\*a\* \\ \[b](https://x.test) \d"), of(&[(r"*a* \ [b](https://x.test) \d", "")]));
    assert_eq!(styles(r"**a\*\*b**"), of(&[("a**b", "b")]));
}

#[test]
fn lines_are_paragraphs_headings_and_items() {
    let text = "# One\r\n\ntext\nmore\n\n- a\n  - b\n    1) c\n\n- d\n3. e\n###### Six\n   \n```\n# *code*\n```\n* f";
    let kinds: Vec<Kind> = read(text).into_iter().map(|block| block.kind).collect();
    let expected = [
        Kind::Heading(1),
        Kind::Text,
        Kind::Text,
        Kind::Bullet(0),
        Kind::Bullet(1),
        Kind::Numbered(2),
        Kind::Bullet(0),
        Kind::Numbered(0),
        Kind::Heading(6),
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Bullet(0),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(styles("```\n# *code*\n```"), of(&[("```", ""), ("# *code*", ""), ("```", "")]));
}

#[test]
fn characters_that_docs_strips_are_gone_before_they_are_counted() {
    assert_eq!(styles("a\u{0}\u{7}\u{c}\u{b}\u{e907}\u{f8ff}b\tc"), of(&[("ab\tc", "")]));
}

#[test]
fn nothing_is_nothing() {
    assert!(read("\n  \n\t\n").is_empty());
}
