//! Analysed words on their way into the index: written as one text, and read back token by token.
//!
//! The engine's own form for text that comes analysed goes through JSON; this one costs nothing.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// The name under which the index knows the reader of such texts.
pub(crate) const NAME: &str = "written";

/// Before a term at the position of the one before it.
const SAME: char = '\u{1}';
/// Before a term at the next position.
const NEXT: char = '\u{2}';

/// Adds the terms of one word; words hold letters and digits only, so that the marks are unmistakable.
pub(crate) fn push<'a>(text: &mut String, terms: impl IntoIterator<Item = &'a str>) {
    for (n, term) in terms.into_iter().enumerate() {
        text.push(if n == 0 { NEXT } else { SAME });
        text.push_str(term);
    }
}

/// Reads what [`push`] wrote.
#[derive(Clone, Default)]
pub(crate) struct Written {
    token: Token,
}

impl Tokenizer for Written {
    type TokenStream<'a> = Reading<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Reading<'a> {
        self.token.reset();
        Reading {
            rest: text,
            token: &mut self.token,
        }
    }
}

/// A text being read.
pub(crate) struct Reading<'a> {
    rest: &'a str,
    token: &'a mut Token,
}

impl TokenStream for Reading<'_> {
    fn advance(&mut self) -> bool {
        let mut letters = self.rest.chars();
        let Some(mark) = letters.next() else {
            return false;
        };
        let body = letters.as_str();
        let end = body.find([SAME, NEXT]).unwrap_or(body.len());
        // The first position is 0: a fresh token stands one before it.
        if mark == NEXT {
            self.token.position = self.token.position.wrapping_add(1);
        }
        self.token.text.clear();
        self.token.text.push_str(&body[..end]);
        self.rest = &body[end..];
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{exact_terms, words};

    #[test]
    fn terms_come_back_at_their_positions() {
        let mut text = String::new();
        for word in words("Кара-Бугаз, море") {
            push(&mut text, exact_terms(&word));
        }
        let mut reader = Written::default();
        for _ in 0..2 {
            let mut seen = Vec::new();
            let mut stream = reader.token_stream(&text);
            while let Some(token) = stream.next() {
                seen.push(format!("{}{}", token.position, token.text));
            }
            assert_eq!(seen, ["0кара", "0карабугаз", "1бугаз", "2море"]);
        }
        assert!(reader.token_stream("").next().is_none());
    }
}
