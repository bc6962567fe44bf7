//! The questions that are asked in every run: by class, made once from the generator's first books.
//!
//! The set is committed as `data/bench/queries.tsv`; a test holds that this file still makes it.

use super::book::{Books, isbn_of};
use super::chance::Chance;

/// The committed set: class, tab, question.
const COMMITTED: &str = include_str!("../../../../data/bench/queries.tsv");

/// Questions of one class.
const EACH: usize = 60;
/// Books that every catalogue of the generator's first seed has.
const BOOKS: usize = 2_000;

/// A question and its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) class: &'static str,
    pub(super) text: String,
}

/// Classes of what a reader types, and how each is made from a book's words.
type Make = fn(&Source, &mut Chance) -> Option<String>;

/// The words of one book.
struct Source {
    title: Vec<String>,
    author: String,
    initials: String,
    isbn: Option<String>,
    mark: String,
}

const CLASSES: [(&str, Make); 15] = [
    ("word", |book, chance| {
        long_words(book).get(chance.below(3)).cloned()
    }),
    ("two", |book, _| Some(long_words(book).get(..2)?.join(" "))),
    ("three", |book, _| {
        Some(long_words(book).get(..3)?.join(" "))
    }),
    ("phrase", |book, chance| {
        let at = chance.below(book.title.len().saturating_sub(1));
        let pair = book.title.get(at..at + 2)?;
        pair.iter()
            .all(|word| word.chars().count() > 3)
            .then(|| format!("\"{}\"", pair.join(" ")))
    }),
    ("title", |book, _| {
        (book.title.len() > 2).then(|| book.title.join(" "))
    }),
    ("surname", |book, _| Some(book.author.clone())),
    ("initials", |book, _| {
        Some(format!("{} {}", book.author, book.initials))
    }),
    ("author-title", |book, _| {
        Some(format!("{} {}", book.author, long_words(book).first()?))
    }),
    ("beginning", |book, chance| {
        let word = long_words(book).get(chance.below(2))?.clone();
        Some(format!("{}*", word.chars().take(4).collect::<String>()))
    }),
    ("isbn", |book, _| book.isbn.clone()),
    ("class-mark", |book, _| Some(book.mark.clone())),
    ("typo", |book, chance| {
        let words = long_words(book);
        let word: Vec<char> = words
            .iter()
            .find(|word| word.chars().count() > 6)?
            .chars()
            .collect();
        let (at, mut word) = (2 + chance.below(word.len() - 4), word.clone());
        word.swap(at, at + 1);
        Some(word.into_iter().collect())
    }),
    ("layout", |book, _| {
        Some(typed_on_latin(&long_words(book).get(..2)?.join(" ")))
    }),
    ("latin", |book, _| Some(in_latin(long_words(book).first()?))),
    ("years", |book, _| {
        Some(format!("{} год:1990-2005", long_words(book).first()?))
    }),
];

/// Questions that are the hardest for an engine: everything, half of everything, endless ones.
const HARD: [&str; 12] = [
    "",
    "а",
    "лес",
    "новая книга",
    "в",
    "Иванов",
    "и в на с",
    "а*",
    "ле*",
    "84",
    "\"роман\"",
    "книга лес вода история завод море школа город наука роман земля театр дело право слово письмо стекло \
     природа картина музыка опера поэма драма физика химия машина механика медицина хирургия аптека",
];

/// The committed questions.
pub(super) fn committed() -> Vec<Question> {
    let classes = CLASSES.iter().map(|(class, _)| *class).chain(["hard"]);
    let classes: Vec<&'static str> = classes.collect();
    COMMITTED
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(class, text)| {
            let class = classes.iter().find(|known| **known == class)?;
            Some(Question {
                class,
                text: text.to_owned(),
            })
        })
        .collect()
}

/// What a reader has typed on the way to each question: suggestions are asked for these.
pub(super) fn beginnings(questions: &[Question]) -> Vec<String> {
    let typed = |(number, question): (usize, &Question)| {
        let length = 1 + number % 6;
        question.text.chars().take(length).collect::<String>()
    };
    let asked = questions.iter().filter(|question| question.class != "hard");
    asked.enumerate().map(typed).collect()
}

/// The set made anew, as a file.
pub(super) fn made() -> String {
    let books = Books::new(1);
    let mut text = String::new();
    for (number, (class, make)) in (0u64..).zip(CLASSES) {
        let mut chance = Chance::at(number, 1 << 50);
        let mut found = Vec::new();
        while found.len() < EACH {
            let book = source(&books, 1 + chance.below(BOOKS) as u64);
            found.extend(make(&book, &mut chance).filter(|question| !found.contains(question)));
            if class == "class-mark" && found.len() == 20 {
                break;
            }
        }
        for question in found {
            text.push_str(&format!("{class}\t{question}\n"));
        }
    }
    for question in HARD {
        text.push_str(&format!("hard\t{question}\n"));
    }
    text
}

fn source(books: &Books, number: u64) -> Source {
    let record = books.book(number);
    let first = |tag, code| record.first(tag, code).unwrap_or_default().to_owned();
    Source {
        title: first("200", 'a')
            .split_whitespace()
            .map(str::to_lowercase)
            .collect(),
        author: first("700", 'a'),
        initials: first("700", 'b'),
        isbn: isbn_of(&record),
        mark: first("686", 'a'),
    }
}

fn long_words(book: &Source) -> Vec<String> {
    let long = book.title.iter().filter(|word| word.chars().count() > 3);
    long.cloned().collect()
}

/// The keys of a Russian keyboard pressed while it is Latin.
fn typed_on_latin(text: &str) -> String {
    const KEYS: [(&str, &str); 3] = [
        ("йцукенгшщзхъ", "qwertyuiop[]"),
        ("фывапролджэ", "asdfghjkl;'"),
        ("ячсмитьбюё", "zxcvbnm,.`"),
    ];
    let pressed = |c: char| {
        let find = |(home, latin): &(&str, &str)| {
            let at = home.chars().position(|key| key == c)?;
            latin.chars().nth(at)
        };
        KEYS.iter().find_map(find).unwrap_or(c)
    };
    text.chars().map(pressed).collect()
}

fn in_latin(text: &str) -> String {
    const LETTERS: [&str; 32] = [
        "a", "b", "v", "g", "d", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s",
        "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "iu", "ia",
    ];
    let letter = |c: char| {
        let place = u32::from(c).wrapping_sub(u32::from('а'));
        let found = usize::try_from(place).ok().and_then(|at| LETTERS.get(at));
        found.map_or_else(
            || {
                if c == 'ё' {
                    "e".to_owned()
                } else {
                    c.to_string()
                }
            },
            |latin| (*latin).to_owned(),
        )
    };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_questions_are_those_that_the_generator_makes() {
        assert!(
            made() == COMMITTED,
            "write it anew: fond bench questions > data/bench/queries.tsv"
        );
        let classes = CLASSES.len() + 1;
        let mut seen: Vec<&str> = committed().iter().map(|question| question.class).collect();
        seen.dedup();
        assert_eq!(seen.len(), classes);
    }
}
