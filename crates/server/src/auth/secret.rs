//! Passwords and tokens: how they are made, kept as hashes and compared.
//!
//! A password is slow to try (argon2id); a token is 256 random bits, so a plain BLAKE3 of it is enough.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};

/// The shortest password that is taken.
pub(crate) const PASSWORD_LENGTH: usize = 8;
/// Longer input is no password but an attempt to keep the server busy.
const PASSWORD_MOST: usize = 1024;

/// Hashes a password; slow on purpose, so never on an async thread.
pub(crate) fn hash_password(password: &str) -> Result<String, String> {
    let length = password.chars().count();
    if length < PASSWORD_LENGTH || password.len() > PASSWORD_MOST {
        return Err(format!(
            "Пароль короче {PASSWORD_LENGTH} знаков: придумайте длиннее, например из трёх слов"
        ));
    }
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| format!("Пароль не принят ({error}): повторите"))
}

/// Whether this is the password. Without a hash the same work is done, so that time does not tell
/// which names exist.
pub(crate) fn password_fits(password: &str, hash: Option<&str>) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\
        eTA5PxbZ8FaHZaYrkvIcyLw+6vfY4UhjqJbWXVYvNJ0";
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
    use super::*;

    #[test]
    fn a_password_fits_only_its_own_hash() {
        let hash = hash_password("три слова подряд").unwrap();
        assert!(password_fits("три слова подряд", Some(&hash)));
        assert!(!password_fits("три слова порознь", Some(&hash)));
        assert!(!password_fits("три слова подряд", None));
        assert!(hash_password("коротко").is_err());
    }

    #[test]
    fn the_stand_in_hash_costs_the_same_work() {
        assert!(!password_fits("кто-нибудь", None));
        assert_ne!(new_token().unwrap(), new_token().unwrap());
        assert_eq!(new_password().unwrap().len(), 14);
    }
}
