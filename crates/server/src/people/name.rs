//! Имя для входа: which new one is taken. Names that stand are let be, whatever they are.

use catalog::id::UserId;

/// Why nobody may be added under this name; nothing when somebody may, or bears it already.
pub(super) fn unfit(name: &UserId, given: &[UserId]) -> Option<String> {
    let text = name.as_str();
    if given.contains(name) {
        return None;
    }
    if text.chars().any(misleads) || text.starts_with('.') {
        return Some(
            "Имя для входа – буквы, цифры и знаки .-_@ посередине: уберите косые черты, точку в начале и знаки, \
             которых не видно"
                .to_owned(),
        );
    }
    let low = text.to_lowercase();
    let alike = given
        .iter()
        .find(|other| other.as_str().to_lowercase() == low);
    alike.map(|other| {
        format!("Имя {text} отличается от имени {other} только большими буквами: выберите другое")
    })
}

/// Signs that lead out of a folder, or that nobody sees and that turn the others round.
fn misleads(sign: char) -> bool {
    matches!(sign,
        '/' | '\\' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    ) || sign.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mislead_are_not_given_and_those_that_stand_are_let_be() {
        let given = ["adm", "Иванова", "../old"].map(|name| name.parse().unwrap());
        let unfit = |name: &str| unfit(&name.parse().unwrap(), &given);
        for name in [
            "../x",
            "a/b",
            "a\\b",
            "ivan\u{202e}",
            "ivan\u{200b}",
            ".ivan",
            "Adm",
            "иванова",
        ] {
            assert!(unfit(name).is_some(), "{name}");
        }
        for name in [
            "ivan",
            "anna.petrova@school12",
            "о'коннор",
            "Петрова-2",
            "adm",
            "../old",
        ] {
            assert_eq!(unfit(name), None, "{name}");
        }
    }
}
