//! Which paths a Rust file names: every `use`, every `a::b` in the code, made absolute.
//!
//! `crate`, `self` and `super` are resolved by the place of the file; names of items are not
//! looked up, so a re-export counts as a name of the module that was written.

use std::collections::BTreeSet;

use super::Source;
use super::lexer::{Kind, Token, tokens};

/// A path as some line names it: the crate or package first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The line, from 1.
    pub line: usize,
    /// `["catalog", "record", "Tag"]`.
    pub path: Vec<String>,
}

/// Where a file stands: its crate and the modules down to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The crate, such as `catalog`.
    pub krate: String,
    /// The modules below the crate's root; empty for `lib.rs`.
    pub modules: Vec<String>,
}

/// The place of `crates/NAME/src/…`; nothing for any other file.
#[must_use]
pub fn place(path: &str) -> Option<Place> {
    let rest = path.strip_prefix("crates/")?;
    let (krate, inside) = rest.split_once("/src/")?;
    let mut modules: Vec<String> = inside
        .strip_suffix(".rs")?
        .split('/')
        .map(str::to_owned)
        .collect();
    if matches!(
        modules.last().map(String::as_str),
        Some("lib" | "mod" | "main")
    ) && (modules.len() == 1 || modules.last().is_some_and(|m| m == "mod"))
    {
        modules.pop();
    }
    Some(Place {
        krate: krate.to_owned(),
        modules,
    })
}

/// Every path that the source names.
#[must_use]
pub fn names(source: &Source) -> Vec<Name> {
    let Some(place) = place(&source.path) else {
        return Vec::new();
    };
    let tokens = tokens(&source.text);
    let children = children(&tokens);
    let mut walk = Walk {
        tokens: &tokens,
        at: 0,
        inline: Vec::new(),
        depth: 0,
        out: Vec::new(),
    };
    walk.run();
    walk.out
        .into_iter()
        .filter_map(|found| absolute(found, &place, &children))
        .collect()
}

/// Modules declared in this file by `mod name`.
fn children(tokens: &[Token]) -> BTreeSet<String> {
    tokens
        .windows(2)
        .filter(|pair| pair[0].is_word("mod"))
        .filter_map(|pair| pair[1].word().map(str::to_owned))
        .collect()
}

struct Found {
    line: usize,
    path: Vec<String>,
    inline: Vec<String>,
}

struct Walk<'a> {
    tokens: &'a [Token],
    at: usize,
    /// Inline modules around this place, with the brace depth each was opened at.
    inline: Vec<(String, usize)>,
    depth: usize,
    out: Vec<Found>,
}

impl Walk<'_> {
    fn run(&mut self) {
        while let Some(token) = self.tokens.get(self.at) {
            match &token.kind {
                Kind::Sign('{') => self.depth += 1,
                Kind::Sign('}') => self.close(),
                Kind::Word(word) if word == "use" && self.starts_use() => {
                    self.at += 1;
                    self.tree(&mut Vec::new());
                    continue;
                }
                Kind::Word(word) if word == "mod" => self.open_module(),
                Kind::Word(_) => {
                    self.inline_path();
                    continue;
                }
                Kind::Sign(_) | Kind::Path | Kind::Literal => {}
            }
            self.at += 1;
        }
    }

    /// `use` also stands in `impl Trait + use<'a>`; only the statement is meant.
    fn starts_use(&self) -> bool {
        !self.tokens.get(self.at + 1).is_some_and(|t| t.is_sign('<'))
    }

    fn open_module(&mut self) {
        let name = self.tokens.get(self.at + 1).and_then(Token::word);
        let opens = self.tokens.get(self.at + 2).is_some_and(|t| t.is_sign('{'));
        if let (Some(name), true) = (name, opens) {
            self.inline.push((name.to_owned(), self.depth));
            self.depth += 1;
            self.at += 2;
        }
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.inline.last().is_some_and(|(_, d)| *d == self.depth) {
            self.inline.pop();
        }
    }

    fn keep(&mut self, line: usize, path: Vec<String>) {
        let inline = self.inline.iter().map(|(name, _)| name.clone()).collect();
        self.out.push(Found { line, path, inline });
    }

    /// `a::b::{c, d as e, f::*}` after `use`; stops after the tree.
    fn tree(&mut self, prefix: &mut Vec<String>) {
        let depth = prefix.len();
        let mut line = self.tokens.get(self.at).map_or(0, |t| t.line);
        let mut branched = false;
        while let Some(token) = self.tokens.get(self.at) {
            match &token.kind {
                Kind::Word(word) if word == "as" => self.at += 1,
                Kind::Word(word) => {
                    line = token.line;
                    prefix.push(word.clone());
                }
                Kind::Sign('*') => prefix.push("*".to_owned()),
                Kind::Sign('{') => {
                    branched = true;
                    self.at += 1;
                    while self.tokens.get(self.at).is_some_and(|t| !t.is_sign('}')) {
                        let before = self.at;
                        self.tree(prefix);
                        let comma = self.tokens.get(self.at).is_some_and(|t| t.is_sign(','));
                        if comma || self.at == before {
                            self.at += 1;
                        }
                    }
                }
                Kind::Path => {}
                Kind::Sign(_) | Kind::Literal => break,
            }
            self.at += 1;
        }
        if !branched && prefix.len() > depth {
            self.keep(line, prefix.clone());
        }
        prefix.truncate(depth);
    }

    /// `a::b::c` in the code; a single word is not a path.
    fn inline_path(&mut self) {
        let line = self.tokens[self.at].line;
        let follows_path = self.at > 0 && self.tokens[self.at - 1].kind == Kind::Path;
        let mut path = Vec::new();
        while let Some(word) = self.tokens.get(self.at).and_then(Token::word) {
            path.push(word.to_owned());
            self.at += 1;
            let goes_on = self.tokens.get(self.at).map(|t| &t.kind) == Some(&Kind::Path)
                && self
                    .tokens
                    .get(self.at + 1)
                    .is_some_and(|t| t.word().is_some());
            if !goes_on {
                break;
            }
            self.at += 1;
        }
        if path.len() > 1 && !follows_path {
            self.keep(line, path);
        }
    }
}

fn absolute(found: Found, place: &Place, children: &BTreeSet<String>) -> Option<Name> {
    let mut here = place.modules.clone();
    here.extend(found.inline);
    let mut rest = found.path.as_slice();
    let own = match rest.first()?.as_str() {
        "crate" => {
            rest = &rest[1..];
            Some(Vec::new())
        }
        "self" => {
            rest = &rest[1..];
            Some(here)
        }
        "super" => {
            while rest.first().is_some_and(|s| s == "super") {
                here.pop();
                rest = &rest[1..];
            }
            Some(here)
        }
        first if children.contains(first) => Some(place.modules.clone()),
        _ => None,
    };
    let mut path = Vec::new();
    if let Some(modules) = own {
        path.push(place.krate.clone());
        path.extend(modules);
    }
    path.extend_from_slice(rest);
    Some(Name {
        line: found.line,
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str, text: &str) -> Vec<String> {
        names(&Source::new(path, text))
            .iter()
            .map(|name| format!("{} {}", name.line, name.path.join("::")))
            .collect()
    }

    #[test]
    fn a_use_tree_is_taken_apart() {
        let text = "use crate::{id::{RecordId, Seq as S}, record::*};\nuse super::money;\n";
        assert_eq!(
            named("crates/catalog/src/fund/act.rs", text),
            [
                "1 catalog::id::RecordId",
                "1 catalog::id::Seq",
                "1 catalog::record::*",
                "2 catalog::fund::money"
            ]
        );
    }

    #[test]
    fn super_of_an_inline_module_is_the_file() {
        let text = "mod tests {\n use super::*;\n use super::super::record::Tag;\n}\n";
        assert_eq!(
            named("crates/catalog/src/fund/act.rs", text),
            ["2 catalog::fund::act::*", "3 catalog::fund::record::Tag"]
        );
    }

    #[test]
    fn a_path_in_the_code_counts_as_a_use() {
        let text = "fn f() {\n let t = sled::open(crate::record::NAME);\n}\n";
        assert_eq!(
            named("crates/catalog/src/store/journal.rs", text),
            ["2 sled::open", "2 catalog::record::NAME"]
        );
    }

    #[test]
    fn a_child_module_is_not_a_foreign_package() {
        let text = "mod tantivy;\nfn f() { tantivy::go() }\n";
        assert_eq!(
            named("crates/server/src/opac.rs", text),
            ["2 server::opac::tantivy::go"]
        );
    }
}
