//! Packs the dictionary of first forms: `cargo run -p search --example lemmas -- LISTED PACKED`.
//!
//! Listed are lines `form TAB rule TAB rule…`, an empty line, then lines of the same kind for endings read from
//! their last letter on; both in the order of their bytes. A rule is how many letters to cut off and what to add:
//! `2ка`. The layout is described in `src/analysis/lemma.rs`. The same lines give the same bytes.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Error as Broken, Write as _};

use tantivy_fst::MapBuilder;

fn main() -> Result<(), Box<dyn Error>> {
    let mut names = std::env::args().skip(1);
    let (Some(listed), Some(packed)) = (names.next(), names.next()) else {
        return Err("usage: lemmas LISTED PACKED".into());
    };
    let text = std::fs::read_to_string(listed)?;
    let (forms, endings) = text.split_once("\n\n").ok_or("two lists are needed")?;

    let mut used: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, rules) in rows(forms).chain(rows(endings)) {
        *used.entry(rules).or_default() += 1;
    }
    // The commonest rules get the smallest numbers, which take the least room.
    let mut order: Vec<&str> = used.keys().copied().collect();
    order.sort_by_key(|rules| (std::cmp::Reverse(used[rules]), *rules));
    let numbers: BTreeMap<&str, u64> = order.iter().copied().zip(0..).collect();

    let mut out = b"lemmas 1\n".to_vec();
    let parts = [
        rule_part(&order)?,
        map(forms, &numbers)?,
        map(endings, &numbers)?,
    ];
    for part in parts {
        out.extend(u32::try_from(part.len())?.to_le_bytes());
        out.extend(part);
    }
    std::fs::write(&packed, &out)?;
    writeln!(
        std::io::stdout(),
        "{packed}: {} rules, {} bytes",
        order.len(),
        out.len()
    )?;
    Ok(())
}

fn rows(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.lines().filter_map(|line| line.split_once('\t'))
}

fn map(list: &str, numbers: &BTreeMap<&str, u64>) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut map = MapBuilder::memory();
    for (key, rules) in rows(list) {
        map.insert(key, numbers[rules])?;
    }
    Ok(map.into_inner()?)
}

fn rule_part(order: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let (mut starts, mut texts) = (vec![0_u32], Vec::new());
    for rules in order {
        for rule in rules.split('\t') {
            let digits = rule
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rule.len());
            let (cut, added) = rule.split_at(digits);
            texts.push(cut.parse::<u8>().map_err(Broken::other)?);
            texts.push(u8::try_from(added.len())?);
            texts.extend(added.as_bytes());
        }
        starts.push(u32::try_from(texts.len())?);
    }
    let mut part = u32::try_from(order.len())?.to_le_bytes().to_vec();
    part.extend(starts.iter().flat_map(|start| start.to_le_bytes()));
    part.extend(texts);
    Ok(part)
}
