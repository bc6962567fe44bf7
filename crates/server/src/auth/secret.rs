//! Passwords and tokens: how they are made, kept as hashes and compared.
//!
//! A password is slow to try (argon2id); a token is 256 random bits, so a plain BLAKE3 of it is enough.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};

/// The shortest password that is taken, in characters.
pub(crate) const PASSWORD_LENGTH: usize = 12;
/// Longer input is no password but an attempt to keep the server busy.
const PASSWORD_MOST: usize = 1024;

/// Hashes a password for this name; slow on purpose, so never on an async thread.
pub(crate) fn hash_password(password: &str, name: &str) -> Result<String, String> {
    if let Some(why) = weak(password, name) {
        return Err(why);
    }
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| format!("Пароль не принят ({error}): повторите"))
}

/// Why a password is not taken. Kinds of signs are nobody's business: length is, and not being the first guess.
fn weak(password: &str, name: &str) -> Option<String> {
    let length = password.chars().count();
    if length < PASSWORD_LENGTH {
        return Some(format!(
            "Пароль короче {PASSWORD_LENGTH} знаков: придумайте длиннее, например из трёх слов"
        ));
    }
    if password.len() > PASSWORD_MOST {
        return Some(format!(
            "Пароль длиннее {PASSWORD_MOST} байт: сократите его"
        ));
    }
    let typed = password.to_lowercase();
    let without = |text: &str, word: &str| match word {
        "" => text.to_owned(),
        word => text.replace(word, ""),
    };
    // Figures and signs behind a known word are what guessers try next.
    let own = |rest: &str| match rest == typed {
        true => length,
        false => rest.chars().filter(|sign| sign.is_alphabetic()).count(),
    };
    let unnamed = without(&typed, &name.to_lowercase());
    let unguessed = GUESSED
        .iter()
        .fold(typed.clone(), |rest, word| without(&rest, word));
    let left = own(&unnamed).min(own(&unguessed));
    (left < LEFT || surprises(&typed) < SURPRISES).then(|| {
        "Такой пароль угадывают первым: не берите имя, ряд клавиш или повтор знаков, а возьмите три слова подряд"
            .to_owned()
    })
}

/// What guessers begin with in a library; longer words before those that they contain.
static GUESSED: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let mut words: Vec<&str> = include_str!("../../../../data/passwords/guessed.txt")
        .lines()
        .filter(|word| !word.is_empty())
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
});
/// Rows of the keyboard and of the alphabet.
const ROWS: [&str; 9] = [
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "йцукенгшщзхъ",
    "фывапролджэ",
    "ячсмитьбю",
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
];
/// What is left of a password without the name, or without what guessers begin with, has no fewer letters.
const LEFT: usize = 5;
/// Pairs of neighbours that are no step along a row.
const SURPRISES: usize = 4;

/// How many different pairs of neighbours are no step along a row and no repeat.
fn surprises(text: &str) -> usize {
    let signs: Vec<char> = text.chars().collect();
    let steps = |pair: &[char]| {
        pair[0] == pair[1]
            || ROWS.iter().any(|row| {
                let at = |sign: char| row.chars().position(|known| known == sign);
                at(pair[0])
                    .zip(at(pair[1]))
                    .is_some_and(|(a, b)| a.abs_diff(b) == 1)
            })
    };
    let pairs: std::collections::BTreeSet<&[char]> =
        signs.windows(2).filter(|pair| !steps(pair)).collect();
    pairs.len()
}

/// A hash of no password, as costly to compare with as a real one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\
    eTA5PxbZ8FaHZaYrkvIcyLw+6vfY4UhjqJbWXVYvNJ0";

/// Whether this is the password. Without a hash the same work is done, so that time does not tell
/// which names exist.
pub(crate) fn password_fits(password: &str, hash: Option<&str>) -> bool {
    if password.len() > PASSWORD_MOST {
        return false;
    }
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(NOBODY)) else {
        return false;
    };
    let fits = Argon2::default().verify_password(password.as_bytes(), &parsed);
    fits.is_ok() && hash.is_some()
}

/// A new token: what its holder keeps.
pub(crate) fn new_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// What is kept of a token.
pub(crate) fn token_hash(token: &str) -> String {
    blake3::hash(token.as_bytes()).to_hex().to_string()
}

/// A password that can be read from the screen and typed: no look-alike letters.
pub(crate) fn new_password() -> Result<String, getrandom::Error> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 12];
    getrandom::fill(&mut bytes)?;
    let letters = bytes
        .iter()
        .map(|b| char::from(LETTERS[usize::from(b % 32)]));
    let mut password = String::new();
    for (at, letter) in letters.enumerate() {
        if at > 0 && at % 4 == 0 {
            password.push('-');
        }
        password.push(letter);
    }
    Ok(password)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use argon2::Params;

    use super::*;

    #[test]
    fn a_password_fits_only_its_own_hash() {
        let hash = hash_password("три слова подряд", "иванова").unwrap();
        assert!(password_fits("три слова подряд", Some(&hash)));
        assert!(!password_fits("три слова порознь", Some(&hash)));
        assert!(!password_fits("три слова подряд", None));
    }

    #[test]
    fn the_first_guesses_are_no_passwords() {
        let taken = [
            "три слова подряд",
            "новый-пароль",
            "a long password",
            "4815162342-108",
            "длинный пароль",
            "k7dm-q2xz-p9wv",
        ];
        for password in taken {
            assert_eq!(weak(password, "иванова"), None, "{password}");
        }
        for password in [
            "коротко",
            "аааааааааааааа",
            "123456789012",
            "qwertyuiop12",
            "парольпароль12",
            "Иванова-иванова",
            "йцукенфывапр",
            "библиотека2026",
            "Password12345!",
            "letmein12345",
            "администратор",
            "Иванова-2026!!",
            "Директор-Школы-12",
        ] {
            assert!(weak(password, "иванова").is_some(), "{password}");
        }
        assert!(weak(&"слово ".repeat(300), "иванова").is_some());
    }

    #[test]
    fn the_stand_in_hash_costs_the_same_work() {
        let work = |hash: &str| {
            let parsed = PasswordHash::new(hash).unwrap();
            let length = parsed.hash.unwrap().len();
            (
                parsed.algorithm.to_string(),
                Params::try_from(&parsed).unwrap(),
                length,
            )
        };
        let real = hash_password("три слова подряд", "иванова").unwrap();
        assert_eq!(work(NOBODY), work(&real));
        assert!(!password_fits("кто-нибудь", None));
    }

    #[test]
    fn keys_and_passwords_made_here_differ_each_time() {
        assert_ne!(new_token().unwrap(), new_token().unwrap());
        assert_eq!(new_password().unwrap().len(), 14);
    }
}
