//! Rust text → words and signs with their lines, comments and literals left out.
//!
//! Just enough of the language to find names, braces and functions; it accepts any text and never
//! fails, because a file that does not compile is the compiler's matter.

/// A word or a sign of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub kind: Kind,
}

/// What a token is. Literals are kept as [`Kind::Literal`] without their content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or a keyword.
    Word(String),
    /// One sign, such as `{`; `::` is [`Kind::Path`].
    Sign(char),
    /// `::`.
    Path,
    /// A string, a character, a number.
    Literal,
}

impl Token {
    /// Whether it is this word.
    #[must_use]
    pub fn is_word(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(w) if w == word)
    }

    /// Whether it is this sign.
    #[must_use]
    pub fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    /// The word, if it is one.
    #[must_use]
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            Kind::Sign(_) | Kind::Path | Kind::Literal => None,
        }
    }
}

struct Reader {
    text: Vec<char>,
    at: usize,
    line: usize,
    out: Vec<Token>,
}

/// The tokens of a source.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader {
        text: text.chars().collect(),
        at: 0,
        line: 1,
        out: Vec::new(),
    };
    while reader.at < reader.text.len() {
        reader.one();
    }
    reader.out
}

impl Reader {
    fn peek(&self, ahead: usize) -> char {
        self.text.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn step(&mut self) -> char {
        let c = self.peek(0);
        self.at += 1;
        if c == '\n' {
            self.line += 1;
        }
        c
    }

    fn push(&mut self, line: usize, kind: Kind) {
        self.out.push(Token { line, kind });
    }

    fn one(&mut self) {
        let line = self.line;
        match self.peek(0) {
            '/' if self.peek(1) == '/' => self.line_comment(),
            '/' if self.peek(1) == '*' => self.block_comment(),
            '"' => {
                self.quoted();
                self.push(line, Kind::Literal);
            }
            '\'' => self.quote(line),
            ':' if self.peek(1) == ':' => {
                self.at += 2;
                self.push(line, Kind::Path);
            }
            c if c.is_alphabetic() || c == '_' => self.word(line),
            c if c.is_ascii_digit() => self.number(line),
            c if c.is_whitespace() => {
                self.step();
            }
            _ => {
                let c = self.step();
                self.push(line, Kind::Sign(c));
            }
        }
    }

    fn line_comment(&mut self) {
        while self.at < self.text.len() && self.peek(0) != '\n' {
            self.step();
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.text.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => {
                    depth += 1;
                    self.at += 2;
                }
                ('*', '/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => {
                    self.step();
                }
            }
        }
    }

    fn quoted(&mut self) {
        self.step();
        while self.at < self.text.len() {
            match self.step() {
                '\\' => {
                    self.step();
                }
                '"' => return,
                _ => {}
            }
        }
    }

    /// A character literal, or a lifetime, which is skipped.
    fn quote(&mut self, line: usize) {
        if self.peek(1) == '\\' {
            self.at += 3;
            while self.at < self.text.len() && self.step() != '\'' {}
            self.push(line, Kind::Literal);
        } else if self.peek(2) == '\'' {
            self.step();
            self.step();
            self.step();
            self.push(line, Kind::Literal);
        } else {
            self.step();
            while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
                self.step();
            }
        }
    }

    fn word(&mut self, line: usize) {
        let mut word = String::new();
        while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
            word.push(self.step());
        }
        let prefix = matches!(word.as_str(), "r" | "b" | "br" | "c" | "cr");
        match self.peek(0) {
            '"' if prefix && word.contains('r') => self.raw(line),
            '"' if prefix => {
                self.quoted();
                self.push(line, Kind::Literal);
            }
            '\'' if word == "b" => self.quote(line),
            '#' if prefix && word.contains('r') && matches!(self.peek(1), '"' | '#') => {
                self.raw(line);
            }
            '#' if word == "r" && (self.peek(1).is_alphabetic() || self.peek(1) == '_') => {
                self.step();
                self.word(line);
            }
            _ => self.push(line, Kind::Word(word)),
        }
    }

    fn raw(&mut self, line: usize) {
        let mut fence = 0;
        while self.peek(0) == '#' {
            self.step();
            fence += 1;
        }
        self.step();
        while self.at < self.text.len() {
            if self.step() == '"' && (0..fence).all(|i| self.peek(i) == '#') {
                self.at += fence;
                break;
            }
        }
        self.push(line, Kind::Literal);
    }

    fn number(&mut self, line: usize) {
        while self.peek(0).is_alphanumeric()
            || self.peek(0) == '_'
            || (self.peek(0) == '.' && self.peek(1).is_ascii_digit())
        {
            self.step();
        }
        self.push(line, Kind::Literal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text)
            .iter()
            .filter_map(|t| t.word().map(str::to_owned))
            .collect()
    }

    #[test]
    fn comments_and_literals_hold_no_names() {
        let text = "a // b\n/* c /* d */ e */ \"f\\\" g\" r#\"h \" i\"# 'j' b'k' '\\n' l 12.5m n";
        assert_eq!(words(text), ["a", "l", "n"]);
    }

    #[test]
    fn lifetimes_and_raw_names_do_not_swallow_what_follows() {
        assert_eq!(
            words("fn x<'a>(r#type: &'a str) {}"),
            ["fn", "x", "type", "str"]
        );
    }

    #[test]
    fn lines_are_counted_through_literals() {
        let found = tokens("\"one\ntwo\"\n/*\n*/ here");
        assert_eq!(found.last().map(|t| t.line), Some(4));
    }
}
