//! Деньги: whole kopecks, and sums of them; nothing else is done with money here.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Копейки. Negative only in reversals. Arithmetic panics on overflow rather than wrap (FA-79).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Kopecks(pub i64);

impl Kopecks {
    /// Ноль.
    pub const ZERO: Kopecks = Kopecks(0);

    /// Splits a line total over `copies` without loss: the remainder goes by one kopeck to the first
    /// copies. Rule: FA-79.
    #[must_use]
    pub fn split(self, copies: u32) -> Vec<Kopecks> {
        let count = i64::from(copies);
        if count == 0 {
            return Vec::new();
        }
        let (each, rest) = (self.0.div_euclid(count), self.0.rem_euclid(count));
        (0..count)
            .map(|i| Kopecks(each + i64::from(i < rest)))
            .collect()
    }
}

impl Add for Kopecks {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}
impl AddAssign for Kopecks {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}
impl Sub for Kopecks {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}
impl SubAssign for Kopecks {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}
impl Neg for Kopecks {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
impl Mul<i64> for Kopecks {
    type Output = Self;
    fn mul(self, copies: i64) -> Self {
        Self(self.0 * copies)
    }
}
impl Sum for Kopecks {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// As on paper: `1 250,00` with no-break spaces between thousands.
impl fmt::Display for Kopecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roubles = (self.0.unsigned_abs() / 100).to_string();
        let mut grouped = String::new();
        for (i, digit) in roubles.chars().enumerate() {
            if i > 0 && (roubles.len() - i).is_multiple_of(3) {
                grouped.push('\u{a0}');
            }
            grouped.push(digit);
        }
        let sign = if self.0 < 0 { "−" } else { "" };
        write!(f, "{sign}{grouped},{:02}", self.0.unsigned_abs() % 100)
    }
}

/// A sum that could not be read; the text says what was typed and what is expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Сумма «{0}» не читается: впишите рубли и копейки, например 1250,00")]
pub struct BadMoney(String);

/// As people type it: `1250`, `1 250,5`, `1250.00`, `1 250,00 р.`, `45 р. 00 к.`
impl FromStr for Kopecks {
    type Err = BadMoney;
    fn from_str(typed: &str) -> Result<Self, BadMoney> {
        let bad = || BadMoney(typed.to_owned());
        let plain: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        let plain = plain.to_lowercase();
        let (sign, plain) = match plain.strip_prefix(['-', '−']) {
            Some(rest) => (-1, rest),
            None => (1, plain.as_str()),
        };
        let plain = plain
            .trim_end_matches(['.'])
            .trim_end_matches("коп")
            .trim_end_matches('к');
        let plain = plain.trim_end_matches("rub").trim_end_matches('₽');
        let (roubles, kopecks) = match plain.split_once("руб").or_else(|| plain.split_once('р'))
        {
            Some((roubles, rest)) => {
                let rest = rest.trim_start_matches("уб").trim_start_matches(['.', ',']);
                if rest.is_empty() {
                    split_decimal(roubles)
                } else {
                    (roubles, rest)
                }
            }
            None => split_decimal(plain),
        };
        let kopecks = match kopecks.len() {
            0 => 0,
            1 => kopecks.parse::<i64>().map_err(|_| bad())? * 10,
            2 => kopecks.parse::<i64>().map_err(|_| bad())?,
            _ => return Err(bad()),
        };
        if !roubles.bytes().all(|b| b.is_ascii_digit()) || kopecks < 0 {
            return Err(bad());
        }
        let roubles: i64 = roubles.parse().map_err(|_| bad())?;
        let whole = roubles
            .checked_mul(100)
            .and_then(|k| k.checked_add(kopecks))
            .ok_or_else(bad)?;
        Ok(Self(sign * whole))
    }
}

fn split_decimal(text: &str) -> (&str, &str) {
    text.split_once([',', '.']).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_total_is_split_without_loss() {
        assert_eq!(
            Kopecks(1000).split(3),
            [Kopecks(334), Kopecks(333), Kopecks(333)]
        );
        assert_eq!(
            Kopecks(1000).split(3).into_iter().sum::<Kopecks>(),
            Kopecks(1000)
        );
        assert!(Kopecks(5).split(0).is_empty());
    }

    #[test]
    fn money_reads_as_people_type_it() {
        for (typed, kopecks) in [
            ("1250", 125_000),
            ("1 250,5", 125_050),
            ("1250.00", 125_000),
            ("1\u{a0}250,00 р.", 125_000),
            ("45 р. 00 к.", 4500),
            ("350 руб.", 35_000),
            ("-1,01", -101),
        ] {
            assert_eq!(typed.parse::<Kopecks>(), Ok(Kopecks(kopecks)), "{typed}");
        }
        for typed in ["", "б/ц", "1,234", "1e5", "++1", "99999999999999999999"] {
            assert!(typed.parse::<Kopecks>().is_err(), "{typed}");
        }
    }

    #[test]
    fn money_prints_as_on_paper() {
        assert_eq!(Kopecks(123_456_789).to_string(), "1\u{a0}234\u{a0}567,89");
        assert_eq!(Kopecks(-5).to_string(), "−0,05");
    }
}
