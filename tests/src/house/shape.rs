//! Size and manners of files: length, headers, functions, leftovers, panics, machine paths.
//!
//! Whether a file is well divided is for people to judge; only the outer bounds are held here.

use std::collections::BTreeSet;

use super::lexer::{Kind, Token, tokens};
use super::{Breach, Source};

/// The most lines of a file of code.
pub const FILE_LINES: usize = 500;
/// The most lines of a function, from `fn` to its closing brace.
pub const FUNCTION_LINES: usize = 70;

/// Marks of unfinished work; spelt apart so that this file does not carry them.
const LEFTOVERS: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
];
/// Folders of one machine; spelt apart for the same reason.
const MACHINE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/tm", "p/"),
];
/// Calls that stop the program.
const PANICS: &[&str] = &["panic", "unreachable", "unimplemented", "todo"];
/// Methods that stop the program.
const UNWRAPS: &[&str] = &["unwrap", "expect"];

/// Every rule of size and manners that this source breaks.
#[must_use]
pub fn breaches(source: &Source) -> Vec<Breach> {
    let mut found = leftovers(source);
    found.extend(machine_paths(source));
    if source.is_rust() || source.path.ends_with(".py") {
        found.extend(too_long(source));
    }
    if source.is_rust() {
        let tokens = tokens(&source.text);
        found.extend(no_header(source));
        found.extend(long_functions(source, &tokens));
        if !source.test {
            found.extend(panics(source, &tokens));
        }
    }
    found
}

/// Marks the files that a parent declares as `#[cfg(test)] mod name;`.
pub fn mark_test_files(sources: &mut [Source]) {
    let mut test_files = BTreeSet::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        let tokens = tokens(&source.text);
        for at in 0..tokens.len() {
            if is_test_attribute(&tokens, at) == Some(true)
                && let Some(name) = declared(&tokens[at + 7..])
            {
                test_files.insert(child(&source.path, name));
            }
        }
    }
    for source in sources {
        source.test |= test_files.contains(&source.path);
    }
}

/// The name in `mod name;` or `pub(crate) mod name;` at the start.
fn declared(tokens: &[Token]) -> Option<&str> {
    let at = tokens.iter().take(5).position(|t| t.is_word("mod"))?;
    let ends = tokens.get(at + 2)?.is_sign(';');
    ends.then(|| tokens.get(at + 1).and_then(Token::word))
        .flatten()
}

/// The file of a module declared in this file.
fn child(parent: &str, name: &str) -> String {
    let stem = parent.trim_end_matches(".rs");
    let folder = ["/lib", "/main", "/mod"]
        .iter()
        .find_map(|root| stem.strip_suffix(root))
        .unwrap_or(stem);
    format!("{folder}/{name}.rs")
}

fn too_long(source: &Source) -> Option<Breach> {
    let lines = source.text.lines().count();
    (lines > FILE_LINES).then(|| {
        Breach::new(
            source,
            lines,
            format!("{lines} lines, {FILE_LINES} at most: split by idea"),
        )
    })
}

fn no_header(source: &Source) -> Option<Breach> {
    (!source.text.starts_with("//! ")).then(|| {
        Breach::new(
            source,
            1,
            "begin with //!: what for, and what it does not do",
        )
    })
}

fn leftovers(source: &Source) -> Vec<Breach> {
    each_line(source, |line| {
        LEFTOVERS
            .iter()
            .find(|mark| line.contains(*mark))
            .map(|mark| format!("{mark}: finish it, or say so in an issue"))
    })
}

fn machine_paths(source: &Source) -> Vec<Breach> {
    each_line(source, |line| {
        MACHINE
            .iter()
            .find(|folder| starts_a_path(line, folder))
            .map(|folder| format!("a path of one machine: {folder}"))
    })
}

/// Whether the folder begins a path here, and is not the middle of an address.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !"._-~}/*$)".contains(c))
    })
}

fn each_line(source: &Source, wrong: impl Fn(&str) -> Option<String>) -> Vec<Breach> {
    source
        .text
        .lines()
        .enumerate()
        .filter_map(|(i, line)| wrong(line).map(|what| Breach::new(source, i + 1, what)))
        .collect()
}

fn long_functions(source: &Source, tokens: &[Token]) -> Vec<Breach> {
    let mut found = Vec::new();
    for (at, pair) in tokens.windows(2).enumerate() {
        let (true, Some(name)) = (pair[0].is_word("fn"), pair[1].word()) else {
            continue;
        };
        let Some(end) = body_end(tokens, at) else {
            continue;
        };
        let lines = tokens[end].line - pair[0].line + 1;
        if lines > FUNCTION_LINES {
            found.push(Breach::new(
                source,
                pair[0].line,
                format!("`{name}` has {lines} lines, {FUNCTION_LINES} at most"),
            ));
        }
    }
    found
}

/// The token that closes the body of what begins at `at`; nothing where there is no body.
fn body_end(tokens: &[Token], at: usize) -> Option<usize> {
    let mut brackets = 0usize;
    let mut braces = 0usize;
    for (i, token) in tokens.iter().enumerate().skip(at) {
        match token.kind {
            Kind::Sign('(' | '[') => brackets += 1,
            Kind::Sign(')' | ']') => brackets = brackets.saturating_sub(1),
            Kind::Sign(';') if brackets == 0 && braces == 0 => return None,
            Kind::Sign('{') => braces += 1,
            Kind::Sign('}') => {
                braces = braces.saturating_sub(1);
                if braces == 0 {
                    return Some(i);
                }
            }
            Kind::Sign(_) | Kind::Word(_) | Kind::Path | Kind::Literal => {}
        }
    }
    None
}

fn panics(source: &Source, tokens: &[Token]) -> Vec<Breach> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some(end) = test_code(tokens, at) {
            at = end;
        } else if let Some(call) = stops(tokens, at) {
            found.push(Breach::new(
                source,
                tokens[at].line,
                format!(
                    "`{call}` outside tests: answer with an error, or assert our own invariant"
                ),
            ));
        }
        at += 1;
    }
    found
}

/// Where the item behind `#[cfg(test)]` ends, if one begins here.
fn test_code(tokens: &[Token], at: usize) -> Option<usize> {
    is_test_attribute(tokens, at)?
        .then(|| body_end(tokens, at + 7))
        .flatten()
}

/// Whether `#[cfg(test)]` stands here.
fn is_test_attribute(tokens: &[Token], at: usize) -> Option<bool> {
    Some(
        tokens.get(at)?.is_sign('#')
            && tokens.get(at + 1)?.is_sign('[')
            && tokens.get(at + 2)?.is_word("cfg")
            && tokens.get(at + 4)?.is_word("test")
            && tokens.get(at + 6)?.is_sign(']'),
    )
}

fn stops(tokens: &[Token], at: usize) -> Option<String> {
    let word = tokens[at].word()?;
    let next = tokens.get(at + 1)?;
    if PANICS.contains(&word) && next.is_sign('!') {
        return Some(format!("{word}!"));
    }
    let method = at > 0 && tokens[at - 1].is_sign('.') && next.is_sign('(');
    (method && UNWRAPS.contains(&word)).then(|| format!(".{word}()"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "crates/catalog/src/fund/act.rs";

    fn found(text: &str) -> Vec<String> {
        breaches(&Source::new(FILE, text))
            .iter()
            .map(|b| format!("{}: {}", b.line, b.what))
            .collect()
    }

    #[test]
    fn a_long_file_is_caught_and_one_at_the_bound_is_not() {
        let at_the_bound = format!("//! x\n{}", "\n".repeat(FILE_LINES - 1));
        assert!(found(&at_the_bound).is_empty());
        assert_eq!(found(&format!("{at_the_bound}\n")).len(), 1);
    }

    #[test]
    fn a_long_function_is_caught_even_in_tests() {
        let body = |lines: usize| format!("//! x\nfn f() {{{}}}\n", "\n".repeat(lines - 1));
        assert!(found(&body(FUNCTION_LINES)).is_empty());
        assert_eq!(found(&body(FUNCTION_LINES + 1)).len(), 1);
        let inside = format!(
            "//! x\nmod tests {{ fn g() {{{}}} }}",
            "\n".repeat(FUNCTION_LINES)
        );
        assert_eq!(found(&inside).len(), 1);
    }

    #[test]
    fn a_declared_function_borrows_no_body() {
        let text = format!(
            "//! x\ntrait T {{ fn f(a: [u8; 3]); fn g(); }}{}",
            "\n".repeat(90)
        );
        assert!(found(&text).is_empty());
    }

    #[test]
    fn a_missing_header_is_caught() {
        assert_eq!(found("use std::fmt;\n").len(), 1);
    }

    #[test]
    fn leftovers_are_caught_in_any_text() {
        let text = format!("# a\n{}{} later\n", "TO", "DO:");
        let page = Source::new("README.md", text);
        assert_eq!(breaches(&page).first().map(|b| b.line), Some(2));
    }

    #[test]
    fn a_machine_path_is_caught_and_an_address_is_not() {
        let machine = Source::new("README.md", format!("run {}x\n", MACHINE[0]));
        assert_eq!(breaches(&machine).len(), 1);
        let address = Source::new("README.md", format!("https://example.org{}x\n", MACHINE[1]));
        assert!(breaches(&address).is_empty());
    }

    #[test]
    fn a_panic_is_caught_outside_tests_only() {
        let text = "//! x\nfn f() { a.unwrap(); panic!(\"b\") }\n\
                    #[cfg(test)]\nmod tests { fn g() { a.expect(\"c\") } }\n\
                    fn h(t: T) { t.expect(\"d\") }\n";
        let lines: Vec<_> = found(text).iter().map(|b| b[..1].to_owned()).collect();
        assert_eq!(lines, ["2", "2", "5"]);
        let test = Source::new("tests/tests/http.rs", "//! x\nfn f() { a.unwrap() }\n");
        assert!(breaches(&test).is_empty());
    }

    #[test]
    fn a_file_declared_for_tests_only_is_test_code() {
        let mut sources = [
            Source::new(
                "crates/x/src/lib.rs",
                "//! x\n#[cfg(test)]\npub(crate) mod sample;\nmod real;\n",
            ),
            Source::new("crates/x/src/sample.rs", "//! x\nfn f() { a.unwrap() }\n"),
            Source::new("crates/x/src/real.rs", "//! x\nfn f() { a.unwrap() }\n"),
        ];
        mark_test_files(&mut sources);
        let broken = sources.iter().flat_map(breaches).map(|b| b.path);
        assert_eq!(broken.collect::<Vec<_>>(), ["crates/x/src/real.rs"]);
    }
}
