//! Чем доказана кодировка: what the bytes themselves say, before anything is decoded.
//!
//! The vote of the file helps a record that says too little; a declaration only settles a draw.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::Charset;

/// The Cyrillic sets that are told apart by the frequency of Russian letter pairs.
const CYRILLIC: [Charset; 4] = [
    Charset::Windows1251,
    Charset::Cp866,
    Charset::Koi8R,
    Charset::Koi8U,
];

/// Common letter pairs of Russian text.
const PAIRS: &str = "ст но то на ен ов ни ра во ко ре ро по не ли пр ер ос го ка та ва ал ти ия ие \
    ор от ом де ин те ан ет ви ла ло ри ле ск ес ны ть об ат ль ме да ич ир че до ам со ит ой ый ая \
    их ых ог ис ру вы за си ки ку ма ми мо му нс од ол ую ее их ел ед ей ав ас ар аз бы бо бр вс гр \
    дн ди др дл ки кр кт мы ок он оп оч рн рс св см сл ся тр ту ук ур уч ци ше щи эк юч яв яз";

static COMMON: LazyLock<HashSet<(char, char)>> = LazyLock::new(|| {
    let pair = |word: &str| {
        let mut letters = word.chars();
        Some((letters.next()?, letters.next()?))
    };
    PAIRS.split(' ').filter_map(pair).collect()
});

/// What a run of bytes shows of its set.
#[derive(Debug, Default)]
struct Evidence {
    /// Bytes above ASCII.
    high: usize,
    /// Those of them with another such byte beside them.
    in_runs: usize,
    /// Complete UTF-8 sequences of two and more bytes.
    sequences: usize,
    /// Places where UTF-8 breaks.
    breaks: usize,
    /// Escape sequences that switch character sets.
    escapes: usize,
}

impl Evidence {
    fn of(bytes: &[u8]) -> Self {
        let mut evidence = Self::default();
        let is_high = |at: Option<&u8>| at.is_some_and(|b| *b >= 0x80);
        for (at, byte) in bytes.iter().enumerate() {
            if *byte >= 0x80 {
                evidence.high += 1;
                let beside = is_high(bytes.get(at + 1)) || at > 0 && is_high(bytes.get(at - 1));
                evidence.in_runs += usize::from(beside);
            }
            let switch = bytes.get(at + 1).is_some_and(|b| b"(),-$gbps".contains(b));
            evidence.escapes += usize::from(*byte == 0x1B && switch);
        }
        for chunk in bytes.utf8_chunks() {
            let wide = |c: &char| !c.is_ascii();
            evidence.sequences += chunk.valid().chars().filter(wide).count();
            evidence.breaks += usize::from(!chunk.invalid().is_empty());
        }
        evidence
    }
}

/// The set of a whole file by its beginning; `None` when that holds nothing but ASCII.
///
/// `sample` is cut into records by 0x1D and by lines, and each piece with high bytes has one vote.
pub(crate) fn survey(sample: &[u8]) -> Option<Charset> {
    let pieces = || {
        sample
            .split(|b| matches!(b, 0x1D | 0x1E | b'\n'))
            .filter(|piece| !piece.is_ascii())
    };
    let all = pieces().count();
    if all == 0 {
        return None;
    }
    let utf8 = pieces()
        .filter(|piece| std::str::from_utf8(piece).is_ok())
        .count();
    if utf8 * 100 >= all * 95 {
        return Some(Charset::Utf8);
    }
    Some(detect(sample, None, None))
}

/// The set of one record: `prior` is the vote of its file, `declared` its own claim.
pub(crate) fn detect(bytes: &[u8], prior: Option<Charset>, declared: Option<Charset>) -> Charset {
    let evidence = Evidence::of(bytes);
    let cyrillic = |set: &Charset| CYRILLIC.contains(set);
    let prior_single = prior.filter(cyrillic);
    if evidence.high == 0 {
        return match evidence.escapes {
            0 => prior_single.unwrap_or(Charset::Utf8),
            _ => Charset::Marc8,
        };
    }
    if evidence.breaks == 0 {
        // Two Cyrillic letters of an eight-bit set can look like one UTF-8 sequence.
        let chance = evidence.sequences <= 2;
        return prior_single
            .filter(|set| chance && fit(*set, bytes) > MIN_FIT)
            .unwrap_or(Charset::Utf8);
    }
    let mostly_utf8 = evidence.sequences >= 4 * evidence.breaks;
    if mostly_utf8 || prior == Some(Charset::Utf8) && evidence.sequences >= evidence.breaks {
        return Charset::Utf8;
    }
    if evidence.escapes > 0 {
        return Charset::Marc8;
    }
    let said = declared.filter(cyrillic);
    if let Some(set) = said {
        // A few letters prove nothing against what the record says of itself.
        let few = evidence.high < FEW && set.decode(bytes).lost == 0;
        if few || fit(set, bytes) >= MIN_FIT {
            return set;
        }
    }
    let claimed = prior_single.or(said);
    if evidence.in_runs * 10 >= evidence.high * 6
        && let Some(best) = best_cyrillic(bytes, claimed)
    {
        return best;
    }
    if let Some(set) = claimed.filter(|set| fit(*set, bytes) >= 0) {
        return set;
    }
    let ansel = evidence.in_runs * 10 < evidence.high * 6 && evidence.sequences == 0;
    if ansel && prior != Some(Charset::Utf8) {
        Charset::Marc8
    } else if evidence.sequences > 0 {
        Charset::Utf8
    } else {
        Charset::Unknown
    }
}

/// So many letters above ASCII are too few to tell a set by.
const FEW: usize = 12;

/// The share of common pairs, in points of a hundred, under which text is not Russian.
const MIN_FIT: i64 = 25;

fn best_cyrillic(bytes: &[u8], claimed: Option<Charset>) -> Option<Charset> {
    let mut best: Option<(i64, Charset)> = None;
    for set in CYRILLIC {
        // KOI8-U differs from KOI8-R in eight letters: it must win, not draw.
        let bonus = if claimed == Some(set) { 10 } else { 0 };
        let points = fit(set, bytes) + bonus;
        if points >= MIN_FIT && best.is_none_or(|(most, _)| points > most) {
            best = Some((points, set));
        }
    }
    best.map(|(_, set)| set)
}

/// How Russian the bytes look in this set: pairs found in a hundred, less what text never holds.
fn fit(set: Charset, bytes: &[u8]) -> i64 {
    let decoded = set.decode(bytes);
    let (mut pairs, mut common, mut inner_capitals, mut strange, mut high) = (0, 0, 0, 0, 0);
    let mut small = 0;
    let mut last: Option<char> = None;
    for c in decoded.text.chars() {
        let cyrillic = matches!(c, '\u{400}'..='\u{4ff}');
        if !c.is_ascii() {
            high += 1;
            strange += i64::from(!cyrillic && !"«»№–—…“”„‘’•·§°©®±\u{a0}".contains(c));
            small += i64::from(cyrillic && c.is_lowercase());
        }
        if let Some(before) = last.filter(|_| cyrillic) {
            pairs += 1;
            inner_capitals += i64::from(before.is_lowercase() && c.is_uppercase());
            common += i64::from(COMMON.contains(&(small_letter(before), small_letter(c))));
        }
        last = cyrillic.then_some(c);
    }
    let share = |part: i64, whole: i64| if whole == 0 { 0 } else { part * 100 / whole };
    share(common, pairs) + share(small, high) / 4
        - share(inner_capitals, pairs) * 2
        - share(strange, high) * 2
}

fn small_letter(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// What the raw field 100 of a record in a single-byte set or UTF-8 declares at positions 26–29.
///
/// `data` is the content of the field with indicators: positions are bytes, the field is ASCII.
pub(crate) fn declared_in(data: &[u8]) -> Option<Charset> {
    let mark = data.windows(2).position(|pair| pair == b"\x1Fa")?;
    let value = data[mark + 2..].split(|b| *b == 0x1F).next()?;
    by_codes(value.get(26..value.len().min(30))?)
}

/// The set named by the two codes of positions 26–29.
pub(super) fn by_codes(codes: &[u8]) -> Option<Charset> {
    let known = |code: &[u8]| match code {
        b"50" => Some(Charset::Utf8),
        b"89" => Some(Charset::Windows1251),
        b"79" => Some(Charset::Cp866),
        b"99" => Some(Charset::Koi8R),
        _ => None,
    };
    codes.chunks(2).find_map(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Тропа к роднику : повесть / А. В. Лесников ; художник И. Ёлкин. – Москва";

    fn bytes_in(set: Charset, text: &str) -> Vec<u8> {
        set.encode(text).unwrap().into_owned()
    }

    #[test]
    fn russian_text_is_known_in_every_set() {
        let text = TEXT.replace('–', "-");
        for set in [
            Charset::Utf8,
            Charset::Windows1251,
            Charset::Cp866,
            Charset::Koi8R,
        ] {
            assert_eq!(detect(&bytes_in(set, &text), None, None), set, "{set}");
            let capitals = text.to_uppercase();
            assert_eq!(detect(&bytes_in(set, &capitals), None, None), set, "{set}");
        }
    }

    #[test]
    fn ukrainian_letters_make_koi8_u() {
        let text = "Історія України та її культури, повість і оповідання";
        let koi = bytes_in(Charset::Koi8U, text);
        assert_eq!(detect(&koi, None, None), Charset::Koi8U);
    }

    #[test]
    fn bytes_win_over_the_declaration() {
        let claim = Some(Charset::Windows1251);
        assert_eq!(detect(TEXT.as_bytes(), None, claim), Charset::Utf8);
        let cp866 = bytes_in(Charset::Cp866, &TEXT.replace('–', "-"));
        assert_eq!(detect(&cp866, None, claim), Charset::Cp866);
    }

    #[test]
    fn a_record_that_says_too_little_follows_its_file_or_its_claim() {
        let short = bytes_in(Charset::Windows1251, "Т. 2");
        let file = Some(Charset::Windows1251);
        assert_eq!(detect(&short, file, None), Charset::Windows1251);
        assert_eq!(detect(&short, None, file), Charset::Windows1251);
        assert_eq!(detect(b"Vol. 2", file, None), Charset::Windows1251);
        assert_eq!(detect(b"Vol. 2", None, None), Charset::Utf8);
    }

    #[test]
    fn a_few_bad_bytes_do_not_unmake_utf8() {
        let mut bytes = TEXT.as_bytes().to_vec();
        bytes[1] = b'?';
        assert_eq!(detect(&bytes, None, None), Charset::Utf8);
    }

    #[test]
    fn diacritics_before_letters_and_escapes_are_not_cyrillic() {
        let ansel = b"Rabinowicz, Jo\xE2sef, 1950- ; Pe\xE8na and M\xE8uller ; caf\xE2e.";
        assert_eq!(detect(ansel, None, None), Charset::Marc8);
        assert_eq!(detect(b"\x1B(NtOLSTOJ\x1B(B", None, None), Charset::Marc8);
    }

    #[test]
    fn a_file_votes_by_its_pieces() {
        let mut file = TEXT.as_bytes().repeat(3);
        file.push(0x1D);
        assert_eq!(survey(&file), Some(Charset::Utf8));
        let cp1251 = bytes_in(Charset::Windows1251, TEXT);
        assert_eq!(survey(&cp1251), Some(Charset::Windows1251));
        assert_eq!(survey(b"ascii only"), None);
    }

    #[test]
    fn the_declaration_is_read_by_position() {
        let field = b"  \x1Fa19981005g19  9999u  y0rusy0189    ca\x1Fbx";
        assert_eq!(declared_in(field), Some(Charset::Windows1251));
        assert_eq!(declared_in(b"  \x1Fashort"), None);
        assert_eq!(by_codes(b"50  "), Some(Charset::Utf8));
        assert_eq!(by_codes(b"01"), None);
    }
}
