//! The house inspector: reads the repository as text and names every line that breaks a house rule.
//!
//! It holds no opinion of its own: the walls are data in `walls`, the sizes are constants in
//! `shape`. It does not compile anything and knows nothing of what the code means.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub mod lexer;
pub mod names;
pub mod rules_page;
pub mod security_page;
pub mod shape;
pub mod walls;

/// A file of the repository: its path from the root with `/`, and its text.
#[derive(Clone, Debug)]
pub struct Source {
    /// Such as `crates/catalog/src/id.rs`.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// Whether the whole file is test code.
    pub test: bool,
}

impl Source {
    /// A made-up or real source.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let path = path.into();
        Self {
            test: path.starts_with("tests/")
                || path.contains("/tests/")
                || path.ends_with("/tests.rs"),
            path,
            text: text.into(),
        }
    }

    /// Whether it is Rust.
    #[must_use]
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// One broken house rule at one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub what: String,
}

impl Breach {
    /// A breach in this source.
    pub fn new(source: &Source, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: source.path.clone(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every text file that people write, below `root`: what is generated or fetched is left out.
///
/// # Errors
/// When a folder or a file cannot be read.
pub fn read_tree(root: &Path) -> io::Result<Vec<Source>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                let hidden = name.starts_with('.') && name != ".ci";
                let foreign = ["target", "node_modules", "vendor", "fond-data"];
                if !hidden && !foreign.contains(&name.as_ref()) {
                    folders.push(path);
                }
            } else if is_written_by_people(&path)
                && let Ok(text) = fs::read_to_string(&path)
            {
                let inside = path.strip_prefix(root).unwrap_or(&path);
                found.push(Source::new(
                    inside.to_string_lossy().replace('\\', "/"),
                    text,
                ));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    shape::mark_test_files(&mut found);
    Ok(found)
}

fn is_written_by_people(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name == "run" || name == "demo" || name == "test" {
        return true;
    }
    let kinds = [
        "rs", "md", "toml", "sh", "py", "js", "mjs", "css", "html", "txt", "typ",
    ];
    let minified = name.contains(".min.");
    !minified
        && path
            .extension()
            .is_some_and(|kind| kinds.contains(&kind.to_string_lossy().as_ref()))
}

/// All breaches as one text, a line each; empty when the house is in order.
#[must_use]
pub fn listed(breaches: &[Breach]) -> String {
    breaches
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}
