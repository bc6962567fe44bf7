//! MARCXML: slim, marcxchange and files without a namespace, in; slim, out.
//!
//! Elements are known by their local names. Entities of a DTD are never expanded: only the five of
//! XML itself and character references are. XML and its writer are always UTF-8 here.

pub(crate) mod alone;
pub(crate) mod frame;
pub(crate) mod write;

use std::collections::HashMap;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::charset::{self, Charset, Prior};
use super::iso2709::field::note_content;
use super::read::Parsed;
use super::{BiblioRecord, Field, Indicators, Leader, Subfield, Tag, embed};
use crate::rule::{Finding, Rule};

/// How deep fields may stand inside fields.
const MAX_DEPTH: usize = 4;

/// Reads one `record` element.
pub(crate) fn parse(bytes: &[u8], prior: Option<Prior>) -> Parsed {
    let charset = charset::choose(bytes, prior, None);
    let decoded = charset.decode(bytes);
    let mut builder = Builder::default();
    if decoded.lost > 0 {
        let detail = format!("{} знаков не читаются в кодировке {charset}", decoded.lost);
        builder.note(Rule::RecordText, "", detail);
    }
    builder.read(&decoded.text);
    let stray = !builder.opened;
    if stray || builder.leader.is_none() && builder.fields.is_empty() && builder.foreign {
        let detail = "В элементе record нет полей записи";
        builder.note(Rule::RecordStructure, "", detail);
        return Parsed::unreadable(builder.findings);
    }
    let leader = builder.leader();
    let mut record = BiblioRecord::new(leader);
    record.fields = builder.fields;
    let mut findings = builder.findings;
    note_fields(&record, &mut findings);
    Parsed::read(record, charset, findings)
}

/// The set that the XML declaration names; `None` for UTF-8 and for sets that are not read here.
pub(crate) fn declared_charset(start: &[u8]) -> Option<Charset> {
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let head = start.trim_ascii_start().get(..200.min(start.len()));
    let head = String::from_utf8_lossy(head.unwrap_or(start.trim_ascii_start())).into_owned();
    let declaration = head.strip_prefix("<?xml")?.split("?>").next()?;
    let (_, named) = declaration.split_once("encoding")?;
    let named = named.trim_start().strip_prefix('=')?.trim_start();
    let quote = named.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let name = named[1..].split(quote).next()?;
    let charset: Charset = name.parse().ok()?;
    (charset.is_known() && charset != Charset::Utf8).then_some(charset)
}

/// Names what is wrong in the text of the fields of a record that did not come as bytes.
pub(crate) fn note_fields(record: &BiblioRecord, findings: &mut Vec<Finding>) {
    let mut seen: HashMap<Tag, usize> = HashMap::new();
    for field in &record.fields {
        let occurrence = seen.entry(field.tag).or_insert(0);
        *occurrence += 1;
        let place = format!("{}[{occurrence}]", field.tag);
        note_content(&field.body, &place, findings);
    }
}

/// A field whose element has not ended yet.
struct Open {
    tag: Tag,
    control: bool,
    indicators: Indicators,
    subfields: Vec<Subfield>,
    /// The subfield being read, and how many subfields stood before it.
    current: Option<(char, String, usize)>,
    text: String,
}

#[derive(Default)]
struct Builder {
    leader: Option<String>,
    in_leader: bool,
    fields: Vec<Field>,
    open: Vec<Open>,
    /// Whether the `record` element itself is here.
    opened: bool,
    /// Whether elements stand here that are no part of a MARC record, such as an OAI header.
    foreign: bool,
    findings: Vec<Finding>,
}

impl Builder {
    fn note(&mut self, rule: Rule, place: &str, detail: impl Into<String>) {
        self.findings.push(Finding::new(rule, place, detail));
    }

    fn read(&mut self, text: &str) {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        config.expand_empty_elements = true;
        loop {
            match reader.read_event() {
                Ok(Event::Start(element)) => self.start(&element),
                Ok(Event::End(element)) => self.end(local(element.name().0)),
                Ok(Event::Text(text)) => self.text(&text.xml10_content()),
                Ok(Event::CData(text)) => self.text(&text.xml10_content()),
                Ok(Event::GeneralRef(reference)) => self.reference(&reference),
                Ok(Event::Eof) => break,
                Ok(
                    Event::Empty(_)
                    | Event::Comment(_)
                    | Event::Decl(_)
                    | Event::PI(_)
                    | Event::DocType(_),
                ) => {}
                Err(error) => {
                    let at = reader.error_position();
                    let detail = format!(
                        "XML нарушен у байта {at} записи ({error}): прочтено до этого места"
                    );
                    self.note(Rule::RecordStructure, "", detail);
                    break;
                }
            }
        }
        if !self.open.is_empty() {
            let detail = "Элемент записи не закрыт: прочтено то, что есть";
            self.note(Rule::RecordTerminator, "", detail);
        }
        while !self.open.is_empty() {
            self.end("subfield");
            self.end("datafield");
        }
    }

    fn start(&mut self, element: &BytesStart<'_>) {
        match local(element.name().0) {
            "record" => self.opened = true,
            "leader" => {
                self.in_leader = true;
                self.leader = Some(String::new());
            }
            name @ ("controlfield" | "datafield") => self.start_field(element, name),
            "subfield" => {
                let written = attribute(element, "code").unwrap_or_default();
                let code = written.chars().next();
                if written.chars().count() > 1 {
                    let place = self.open.last().map(|open| open.tag.to_string());
                    let detail =
                        format!("Код подполя «{written}» длиннее одного знака: взят первый");
                    self.note(Rule::RecordStructure, &place.unwrap_or_default(), detail);
                }
                if let Some(open) = self.open.last_mut() {
                    let before = open.subfields.len();
                    let code = code.unwrap_or(Subfield::LEAD);
                    open.current = Some((code, String::new(), before));
                }
            }
            _ => self.foreign = true,
        }
    }

    fn start_field(&mut self, element: &BytesStart<'_>, name: &str) {
        if self.open.len() >= MAX_DEPTH {
            self.foreign = true;
            return;
        }
        let written = attribute(element, "tag").unwrap_or_default();
        let tag = tag(&written);
        if tag.as_str() != written {
            let detail = format!("Метка поля «{written}» неверна: принята «{tag}»");
            self.note(Rule::RecordDirectory, tag.as_str(), detail);
        }
        let indicator = |name| match attribute(element, name).and_then(|v| v.chars().next()) {
            None | Some('#') => ' ',
            Some(c) => c,
        };
        self.open.push(Open {
            tag,
            control: name == "controlfield",
            indicators: Indicators(indicator("ind1"), indicator("ind2")),
            subfields: Vec::new(),
            current: None,
            text: String::new(),
        });
    }

    fn end(&mut self, name: &str) {
        match name {
            "leader" => self.in_leader = false,
            "subfield" => {
                if let Some(open) = self.open.last_mut() {
                    open.end_subfield();
                }
            }
            "controlfield" | "datafield" => {
                if let Some(mut open) = self.open.pop() {
                    open.end_subfield();
                    self.end_field(open);
                }
            }
            _ => {}
        }
    }

    fn end_field(&mut self, open: Open) {
        let field = open.field();
        match self.open.last_mut() {
            Some(parent) => parent.subfields.extend(embed::flat(&[field])),
            None => self.fields.push(field),
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_leader {
            self.leader.get_or_insert_default().push_str(text);
        } else if let Some(open) = self.open.last_mut() {
            match &mut open.current {
                Some((_, value, _)) => value.push_str(text),
                None => open.text.push_str(text),
            }
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>) {
        if let Ok(Some(c)) = reference.resolve_char_ref() {
            self.text(c.encode_utf8(&mut [0; 4]));
        } else if let Some(text) = resolve_predefined_entity(reference) {
            self.text(text);
        } else {
            let name: String = reference.chars().take(40).collect();
            let detail = format!("Сущность &{name}; не раскрыта: оставлена как текст");
            self.note(Rule::RecordText, "", detail);
            self.text(&format!("&{name};"));
        }
    }

    fn leader(&mut self) -> Leader {
        let Some(text) = self.leader.take() else {
            let detail = "Маркера нет: принят пустой";
            self.note(Rule::RecordStructure, "LDR", detail);
            return Leader::BLANK;
        };
        leader(&text, &mut self.findings)
    }
}

impl Open {
    fn end_subfield(&mut self) {
        let Some((code, value, before)) = self.current.take() else {
            return;
        };
        let holds_fields = self.subfields.len() > before;
        if code == '1' && holds_fields && value.trim().is_empty() {
            return;
        }
        if code == '1'
            && let Some(parts) = in_one_text(&value)
        {
            self.subfields.extend(parts);
            return;
        }
        self.subfields.push(Subfield::new(code, clean(&value)));
    }

    fn field(self) -> Field {
        let text = clean(&self.text);
        if self.control {
            return Field::control(self.tag, text);
        }
        let mut subfields = self.subfields;
        if !text.trim().is_empty() {
            subfields.insert(0, Subfield::new(Subfield::LEAD, text.trim()));
        }
        Field::data(self.tag, self.indicators, subfields)
    }
}

/// A leader of 24 characters out of a text that should be one.
pub(crate) fn leader(text: &str, findings: &mut Vec<Finding>) -> Leader {
    let mut bytes = [b' '; 24];
    for (byte, c) in bytes.iter_mut().zip(text.chars()) {
        *byte = u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b' ');
    }
    if text.chars().count() != 24 || !text.is_ascii() {
        let detail = format!("Маркер «{text}» – не 24 знака ASCII: дополнен пробелами или урезан");
        findings.push(Finding::new(Rule::RecordStructure, "LDR", detail));
    }
    Leader::from_bytes(bytes)
}

/// A tag out of what is written: zeros before a short number, `?` for what no tag may hold.
pub(crate) fn tag(written: &str) -> Tag {
    let short = written.len() < 3 && written.bytes().all(|b| b.is_ascii_digit());
    let padded = match short {
        true => format!("{written:0>3}"),
        false => written.to_owned(),
    };
    padded.parse().unwrap_or_else(|_| {
        let mut bytes = [b'?'; 3];
        for (byte, c) in bytes.iter_mut().zip(written.chars()) {
            *byte = u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?');
        }
        Tag::from_directory(bytes)
    })
}

/// `2001 $aЗаглавие$vТ. 1` in one text, as the flat sequence; `None` when it is not that.
fn in_one_text(value: &str) -> Option<Vec<Subfield>> {
    let mut parts = value.split('$');
    let opening = parts.next()?.replace('#', " ");
    let signs = opening.chars().count();
    if !value.contains('$') || opening.starts_with("00") || signs != 5 {
        return None;
    }
    let mut flat = vec![Subfield::new('1', opening)];
    for part in parts {
        let code = part.chars().next()?;
        flat.push(Subfield::new(code, clean(&part[code.len_utf8()..])));
    }
    Some(flat)
}

/// NFC and non-sorting marks, once more after references were resolved.
fn clean(text: &str) -> String {
    Charset::Utf8.decode(text.as_bytes()).text
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element
        .attributes()
        .with_checks(false)
        .filter_map(Result::ok)
        .find(|attribute| local(attribute.key.0) == name)?;
    let raw = found.value.clone().into_owned();
    let value = found.normalized_value(XmlVersion::Implicit1_0);
    Some(value.map_or(raw, |value| value.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inner: &str) -> Parsed {
        parse(format!("<record>{inner}</record>").as_bytes(), None)
    }

    const LEADER: &str = "<leader>00000nam0 2200000   450 </leader>";

    #[test]
    fn the_three_forms_of_embedded_fields_give_one_sequence() {
        let a = r#"<subfield code="1">001RU\1</subfield><subfield code="1">2001 </subfield>
            <subfield code="a">Этюды</subfield><subfield code="v">1</subfield>"#;
        let b =
            r#"<subfield code="1">001RU\1</subfield><subfield code="1">2001 $aЭтюды$v1</subfield>"#;
        let c = r#"<controlfield tag="001">RU\1</controlfield><datafield tag="200" ind1="1" ind2=" ">
            <subfield code="a">Этюды</subfield><subfield code="v">1</subfield></datafield>"#;
        let d = r##"<subfield code="1"><controlfield tag="001">RU\1</controlfield></subfield>
            <subfield code="1"><datafield tag="200" ind1="1" ind2="#"><subfield code="a">Этюды</subfield>
            <subfield code="v">1</subfield></datafield></subfield>"##;
        let expected = [
            Subfield::new('1', "001RU\\1"),
            Subfield::new('1', "2001 "),
            Subfield::new('a', "Этюды"),
            Subfield::new('v', "1"),
        ];
        for form in [a, b, c, d] {
            let inner =
                format!(r##"{LEADER}<datafield tag="461" ind1="#" ind2="0">{form}</datafield>"##);
            let parsed = read(&inner);
            assert_eq!(parsed.findings, [], "{form}");
            let record = parsed.record.unwrap();
            assert_eq!(record.fields[0].subfields(), expected, "{form}");
            assert_eq!(record.fields[0].indicators(), Indicators(' ', '0'));
        }
    }

    #[test]
    fn entities_of_a_dtd_are_left_as_text() {
        let inner = format!(r#"{LEADER}<controlfield tag="001">&lol;&amp;&#1046;</controlfield>"#);
        let parsed = read(&inner);
        assert_eq!(parsed.record.unwrap().control("001"), Some("&lol;&Ж"));
        assert_eq!(parsed.findings[0].rule, Rule::RecordText);
    }

    #[test]
    fn the_declaration_names_the_set() {
        let of = |text: &str| declared_charset(text.as_bytes());
        let declared = of("<?xml version='1.0' encoding='windows-1251'?><collection/>");
        assert_eq!(declared, Some(Charset::Windows1251));
        assert_eq!(of("<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>"), None);
        assert_eq!(of("<collection encoding='windows-1251'/>"), None);
        let head = "<?xml version='1.0' encoding='windows-1251'?>";
        let field = "<controlfield tag='001'>Щъ</controlfield>";
        let text = format!("{head}<record>{LEADER}{field}</record>");
        let bytes = Charset::Windows1251.encode(&text).unwrap().into_owned();
        let read = crate::record::read::Reader::new(&bytes[..]).next().unwrap();
        assert_eq!(read.unwrap().record.unwrap().control("001"), Some("Щъ"));
    }

    #[test]
    fn short_tags_leaders_and_missing_attributes_are_mended() {
        let parsed =
            read(r#"<leader>short</leader><datafield tag="42"><subfield>x</subfield></datafield>"#);
        let record = parsed.record.unwrap();
        assert_eq!(record.leader.as_str(), "short                   ");
        assert_eq!(record.fields[0].tag.as_str(), "042");
        assert_eq!(record.fields[0].subfields()[0].code, Subfield::LEAD);
        assert_eq!(parsed.findings.len(), 2);
    }

    #[test]
    fn a_broken_record_keeps_what_stands_before_the_break() {
        let text = format!(
            "<record>{LEADER}<controlfield tag=\"001\">7</controlfield><datafield tag=\"200\" ind1=\"1\" ind2=\" \"><subfield code=\"a\">Tit"
        );
        let parsed = parse(text.as_bytes(), None);
        let record = parsed.record.unwrap();
        assert_eq!(record.control("001"), Some("7"));
        assert_eq!(record.first("200", 'a'), Some("Tit"));
        assert!(
            parsed
                .findings
                .iter()
                .any(|f| f.rule == Rule::RecordTerminator)
        );
    }

    #[test]
    fn a_record_of_something_else_is_unreadable_and_an_empty_one_is_not() {
        assert_eq!(read("<header status=\"deleted\"/>").record, None);
        assert_eq!(read("").record.unwrap().fields, []);
    }
}
