//! Claims about the analysis of single words and texts.

use super::*;

fn exact(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.exact).collect()
}

#[test]
fn folding_meets_on_both_sides() {
    for (left, right) in [
        ("Чёрный", "черный"),
        ("Бѣсы", "бесы"),
        ("Онѣгинъ", "онегин"),
        ("Срaвнительные", "сравнительные"),
        ("Вокру\u{301}г", "вокруг"),
        ("и\u{306}од", "йод"),
        ("naïve", "naive"),
        ("\u{98}The\u{9c}", "the"),
        ("Россiя", "россия"),
        ("Kpoтkaя", "кроткая"),
        ("Чexoв", "чехов"),
    ] {
        assert_eq!(exact(left), exact(right), "{left} {right}");
    }
    assert_ne!(exact("край"), exact("краи"));
}

#[test]
fn compounds_give_their_parts_and_the_whole() {
    let words = words("Муха-Цокотуха – Сент-Экзюпери O’Henry");
    let joined: Vec<_> = words.iter().map(|w| w.joined.as_deref()).collect();
    assert_eq!(
        joined,
        [
            Some("мухацокотуха"),
            None,
            Some("сентэкзюпери"),
            None,
            Some("ohenry"),
            None
        ]
    );
}

#[test]
fn word_forms_share_a_stem() {
    for (left, right) in [
        ("чёрного", "чёрный"),
        ("Пушкина", "Пушкин"),
        ("войной", "война"),
        ("stories", "story"),
        ("любви", "любовь"),
        ("отца", "отец"),
        ("замка", "замок"),
        ("огня", "огонь"),
    ] {
        assert_eq!(stem(&fold(left)), stem(&fold(right)), "{left} {right}");
    }
}

#[test]
fn old_spelling_finds_the_modern_word() {
    assert_eq!(modern("русскаго").as_deref(), Some("русского"));
    assert_eq!(modern("безконечный").as_deref(), Some("бесконечный"));
    assert_eq!(modern("разсказы").as_deref(), Some("рассказы"));
    assert_eq!(modern("разговор"), None);
}

#[test]
fn an_initial_is_known_by_its_stop() {
    let words = words("Пушкин А. С.");
    let dotted: Vec<_> = words.iter().map(|w| w.dotted).collect();
    assert_eq!(dotted, [false, true, true]);
}

proptest::proptest! {
    #[test]
    fn what_is_settled_is_what_nfkc_leaves(text in "[\\x20-\\x7fЀ-ҁ«»–—]{0,60}") {
        proptest::prop_assert!(text.chars().all(is_settled));
        proptest::prop_assert_eq!(split(text.chars()), split(text.nfkc()));
    }

    #[test]
    fn a_plain_word_folds_as_any_word_does(word in "[а-яА-ЯёЁъЪ]{1,60}|[a-zA-Z0-9]{1,60}|[а-яa-z0-9]{1,20}") {
        proptest::prop_assert_eq!(fold(&word), fold_any(&word));
    }

    #[test]
    fn letters_are_those_of_every_script(c in proptest::char::any()) {
        proptest::prop_assert_eq!(is_sign(c), c.is_alphanumeric());
    }

    #[test]
    fn any_text_has_words(text in "\\PC{0,200}") {
        for word in words(&text) {
            proptest::prop_assert!(!word.exact.is_empty());
            stem_terms(&word);
        }
    }
}
