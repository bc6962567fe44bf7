//! Кодировки: bytes to NFC text and back; the declared set is a hint, the bytes decide.
//!
//! MARC-8 and ISO 5426 are not decoded: such text is read as ASCII, and the source bytes are kept.

mod evidence;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use encoding_rs::{EncoderResult, Encoding};
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::{BadShape, BiblioRecord};

pub(crate) use evidence::{declared_in, survey};

/// Кодировка записи, established by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charset {
    /// UTF-8, and plain ASCII.
    Utf8,
    /// windows-1251.
    Windows1251,
    /// cp866 (альтернативная кодировка DOS).
    Cp866,
    /// KOI8-R.
    Koi8R,
    /// KOI8-U: as KOI8-R, with Ukrainian letters.
    Koi8U,
    /// windows-1252: Western letters; only tables are ever taken for it.
    Windows1252,
    /// MARC-8 or another set switched by escapes; read as ASCII.
    Marc8,
    /// Eight-bit bytes of a set we do not know; read as ASCII.
    Unknown,
}

/// What is known of the character set before a record is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Prior {
    /// The vote of the whole file; the bytes of a record may say otherwise.
    Vote(Charset),
    /// Named by the caller: nothing is guessed.
    Named(Charset),
}

/// The set of one record; `declared` is its own claim.
pub(crate) fn choose(bytes: &[u8], prior: Option<Prior>, declared: Option<Charset>) -> Charset {
    match prior {
        Some(Prior::Named(charset)) => charset,
        Some(Prior::Vote(charset)) => evidence::detect(bytes, Some(charset), declared),
        None => evidence::detect(bytes, None, declared),
    }
}

/// Text read from bytes, and how many characters were lost on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// NFC text; what could not be read is U+FFFD.
    pub(crate) text: String,
    /// How many U+FFFD this decoding put in.
    pub(crate) lost: usize,
}

impl Charset {
    /// Every set, in the order of the command line.
    pub const ALL: [Charset; 8] = [
        Charset::Utf8,
        Charset::Windows1251,
        Charset::Cp866,
        Charset::Koi8R,
        Charset::Koi8U,
        Charset::Windows1252,
        Charset::Marc8,
        Charset::Unknown,
    ];

    /// The name for reports and the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Charset::Utf8 => "utf-8",
            Charset::Windows1251 => "windows-1251",
            Charset::Cp866 => "cp866",
            Charset::Koi8R => "koi8-r",
            Charset::Koi8U => "koi8-u",
            Charset::Windows1252 => "windows-1252",
            Charset::Marc8 => "marc-8",
            Charset::Unknown => "unknown",
        }
    }

    /// The table of the set; none for those we only read as ASCII.
    const fn table(self) -> Option<&'static Encoding> {
        match self {
            Charset::Utf8 => Some(encoding_rs::UTF_8),
            Charset::Windows1251 => Some(encoding_rs::WINDOWS_1251),
            Charset::Cp866 => Some(encoding_rs::IBM866),
            Charset::Koi8R => Some(encoding_rs::KOI8_R),
            Charset::Koi8U => Some(encoding_rs::KOI8_U),
            Charset::Windows1252 => Some(encoding_rs::WINDOWS_1252),
            Charset::Marc8 | Charset::Unknown => None,
        }
    }

    /// Whether text in this set can be told from its bytes at all.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.table().is_some()
    }

    /// How 100 $a/26–29 declares the set; none where RUSMARC has no code for it.
    #[must_use]
    pub const fn declaration(self) -> Option<&'static str> {
        match self {
            Charset::Utf8 => Some("50  "),
            Charset::Windows1251 => Some("0189"),
            Charset::Cp866 => Some("0179"),
            Charset::Koi8R | Charset::Koi8U => Some("0199"),
            Charset::Windows1252 | Charset::Marc8 | Charset::Unknown => None,
        }
    }

    /// The text of these bytes: NFC, NSB/NSE as U+0098/U+009C.
    pub(crate) fn decode(self, bytes: &[u8]) -> Decoded {
        match self {
            Charset::Utf8 => decode_utf8(bytes),
            Charset::Windows1251
            | Charset::Cp866
            | Charset::Koi8R
            | Charset::Koi8U
            | Charset::Windows1252 => decode_single(self, bytes),
            Charset::Marc8 | Charset::Unknown => decode_ascii(bytes),
        }
    }

    /// The bytes of a text in this set.
    ///
    /// # Errors
    /// The first character the set does not have.
    pub(crate) fn encode(self, text: &str) -> Result<Cow<'_, [u8]>, char> {
        if self == Charset::Utf8 || text.is_ascii() {
            return Ok(Cow::Borrowed(text.as_bytes()));
        }
        let absent = |c: char| matches!(c, '\u{80}'..='\u{9f}' | '\u{fffd}');
        if let Some(c) = text.chars().find(|c| absent(*c)) {
            return Err(c);
        }
        let Some(table) = self.table() else {
            return Err(text.chars().find(|c| !c.is_ascii()).unwrap_or('\u{fffd}'));
        };
        let mut bytes = vec![0; text.len()];
        let mut encoder = table.new_encoder();
        let (result, _, written) =
            encoder.encode_from_utf8_without_replacement(text, &mut bytes, true);
        match result {
            EncoderResult::InputEmpty => {
                bytes.truncate(written);
                Ok(Cow::Owned(bytes))
            }
            EncoderResult::Unmappable(c) => Err(c),
            EncoderResult::OutputFull => Err('\u{fffd}'),
        }
    }
}

fn decode_utf8(bytes: &[u8]) -> Decoded {
    let text = String::from_utf8_lossy(bytes);
    let lost = match &text {
        Cow::Borrowed(_) => 0,
        Cow::Owned(owned) => {
            let before = bytes.windows(3).filter(|w| *w == b"\xEF\xBF\xBD").count();
            owned
                .matches('\u{fffd}')
                .count()
                .saturating_sub(before)
                .max(1)
        }
    };
    let text = if text.contains(['\u{88}', '\u{89}']) {
        Cow::Owned(text.replace('\u{88}', "\u{98}").replace('\u{89}', "\u{9c}"))
    } else {
        text
    };
    let text = if is_nfc(&text) {
        text.into_owned()
    } else {
        text.nfc().collect()
    };
    Decoded { text, lost }
}

fn decode_single(charset: Charset, bytes: &[u8]) -> Decoded {
    let table = charset.table().unwrap_or(encoding_rs::WINDOWS_1251);
    let (text, _) = table.decode_without_bom_handling(bytes);
    // The web tables give C1 controls for undefined bytes; here such a byte is lost text.
    let undefined = |c: char| matches!(c, '\u{80}'..='\u{9f}' | '\u{fffd}');
    let lost = text.chars().filter(|c| undefined(*c)).count();
    let text = if lost > 0 {
        text.replace(undefined, "\u{fffd}")
    } else {
        text.into_owned()
    };
    Decoded { text, lost }
}

/// ASCII as it is, the non-sorting marks of ISO 6630, and U+FFFD for everything else.
fn decode_ascii(bytes: &[u8]) -> Decoded {
    let mut lost = 0;
    let text = bytes
        .iter()
        .map(|byte| match byte {
            0x88 => '\u{98}',
            0x89 => '\u{9c}',
            0..0x80 => char::from(*byte),
            _ => {
                lost += 1;
                '\u{fffd}'
            }
        })
        .collect();
    Decoded { text, lost }
}

/// The set that 100 $a/26–29 declares: the Cyrillic one of the two codes, else the first we know.
#[must_use]
pub fn declared(record: &BiblioRecord) -> Option<Charset> {
    let value = record.first("100", 'a')?;
    let codes: String = value.chars().skip(26).take(4).collect();
    evidence::by_codes(codes.as_bytes())
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Charset {
    type Err = BadShape;
    fn from_str(text: &str) -> Result<Self, BadShape> {
        let typed = text.to_ascii_lowercase();
        let plain = match typed.as_str() {
            "utf8" => "utf-8",
            "cp1251" => "windows-1251",
            "ibm866" => "cp866",
            "koi8r" => "koi8-r",
            "koi8u" => "koi8-u",
            "cp1252" => "windows-1252",
            other => other,
        };
        Self::ALL
            .into_iter()
            .find(|charset| charset.name() == plain)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                BadShape(format!("Кодировки «{text}» нет: назовите одну из {names}"))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_in_as_nfc_with_the_unicode_non_sorting_marks() {
        assert_eq!(Charset::Utf8.decode("и\u{306}".as_bytes()).text, "й");
        let marked = Charset::Utf8.decode("\u{88}Вып. \u{89}67".as_bytes());
        assert_eq!(marked.text, "\u{98}Вып. \u{9c}67");
        assert_eq!(
            Charset::Marc8.decode(b"\x88The \x89end").text,
            "\u{98}The \u{9c}end"
        );
    }

    #[test]
    fn in_dos_and_windows_sets_88_and_89_are_printable() {
        assert_eq!(Charset::Cp866.decode(&[0x88, 0x89]).text, "ИЙ");
        assert_eq!(Charset::Windows1251.decode(&[0x88, 0x89]).text, "€‰");
    }

    #[test]
    fn what_cannot_be_read_is_counted() {
        assert_eq!(Charset::Utf8.decode(b"a\xFFb\xFE").lost, 2);
        assert_eq!(Charset::Utf8.decode("цел".as_bytes()).lost, 0);
        assert_eq!(Charset::Windows1251.decode(&[0x98]).lost, 1);
        assert_eq!(Charset::Marc8.decode(b"Pe\xE2rez").text, "Pe\u{fffd}rez");
    }

    #[test]
    fn a_character_the_set_lacks_is_named() {
        assert_eq!(
            Charset::Windows1251
                .encode("Тропа к роднику")
                .unwrap()
                .as_ref()[0],
            0xD2
        );
        assert_eq!(Charset::Windows1251.encode("китап ә"), Err('ә'));
        assert_eq!(Charset::Cp866.encode("\u{98}"), Err('\u{98}'));
        assert_eq!(Charset::Marc8.encode("é"), Err('é'));
        assert!(Charset::Marc8.encode("plain").is_ok());
    }

    #[test]
    fn names_are_read_with_their_usual_spellings() {
        for charset in Charset::ALL {
            assert_eq!(charset.name().parse(), Ok(charset));
        }
        assert_eq!("CP1251".parse(), Ok(Charset::Windows1251));
        assert!("ebcdic".parse::<Charset>().is_err());
    }
}
