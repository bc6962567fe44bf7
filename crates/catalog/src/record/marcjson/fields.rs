//! Fields out of JSON, in the shapes programs give them.
//!
//! Subfields stand in a list, in one object, as pairs or beside the indicators; a field may repeat in
//! an array under its tag. What fits none of the shapes is named, never dropped in silence.

use crate::record::charset::Charset;
use crate::record::json::{Json, find};
use crate::record::marcxml::tag;
use crate::record::{Field, Indicators, Subfield, Tag, embed};
use crate::rule::{Finding, Rule};

type Object = [(String, Json)];

/// How the content of a tagged field or of a coded subfield is called.
const CONTENT: [&str; 4] = ["data", "value", "content", "text"];

/// What a record object says of its fields; `None` when it says nothing of any.
pub(super) fn of_record(object: &Object, findings: &mut Vec<Finding>) -> Option<Vec<Field>> {
    let mut reader = Shapes { findings };
    match find(object, "fields") {
        Some(Json::Array(listed)) => return Some(reader.listed(listed)),
        Some(Json::Object(pairs)) => return Some(reader.entry(pairs)),
        Some(Json::Null | Json::Plain(_) | Json::Fraction(_) | Json::Text(_)) | None => {}
    }
    let mut fields = Vec::new();
    let mut told = false;
    for (key, value) in object {
        let is_tag = key.len() == 3 && key.bytes().all(|b| b.is_ascii_digit());
        let parted = matches!(
            key.as_str(),
            "controlfield" | "controlfields" | "datafield" | "datafields"
        );
        if let (Json::Array(listed), true) = (value, parted) {
            fields.extend(reader.listed(listed));
        } else if is_tag {
            fields.extend(reader.occurrences(key, value));
        } else {
            continue;
        }
        told = true;
    }
    told.then_some(fields)
}

/// A reader of shapes and what it has to say of them.
struct Shapes<'f> {
    findings: &'f mut Vec<Finding>,
}

impl Shapes<'_> {
    fn note(&mut self, place: &str, detail: impl Into<String>) {
        let finding = Finding::new(Rule::RecordStructure, place, detail);
        self.findings.push(finding);
    }

    fn listed(&mut self, listed: &[Json]) -> Vec<Field> {
        let mut fields = Vec::new();
        for entry in listed {
            match entry {
                Json::Object(entry) => fields.extend(self.entry(entry)),
                Json::Null
                | Json::Plain(_)
                | Json::Fraction(_)
                | Json::Text(_)
                | Json::Array(_) => {
                    self.note("", "В списке fields стоит не объект: пропущено");
                }
            }
        }
        fields
    }

    /// The fields of one object: `{"200": …}`, usually one, or `{"tag": "200", …}`.
    fn entry(&mut self, entry: &Object) -> Vec<Field> {
        let Some(Json::Text(written)) = find(entry, "tag") else {
            let each = entry.iter();
            return each
                .flat_map(|(written, value)| self.occurrences(written, value))
                .collect();
        };
        let tag = self.tag(written);
        let content = CONTENT.iter().find_map(|name| find(entry, name));
        match content {
            Some(content) => vec![Field::control(tag, self.text(content, tag.as_str()))],
            None => vec![self.data(tag, entry)],
        }
    }

    /// A field, or every occurrence of it when they stand in an array.
    fn occurrences(&mut self, written: &str, value: &Json) -> Vec<Field> {
        let tag = self.tag(written);
        match value {
            Json::Array(repeats) => repeats.iter().map(|value| self.field(tag, value)).collect(),
            Json::Null | Json::Plain(_) | Json::Fraction(_) | Json::Text(_) | Json::Object(_) => {
                vec![self.field(tag, value)]
            }
        }
    }

    fn field(&mut self, tag: Tag, value: &Json) -> Field {
        match value {
            Json::Object(object) => self.data(tag, object),
            Json::Null | Json::Plain(_) | Json::Fraction(_) | Json::Text(_) | Json::Array(_) => {
                Field::control(tag, self.text(value, tag.as_str()))
            }
        }
    }

    fn tag(&mut self, written: &str) -> Tag {
        let tag = tag(written);
        if tag.as_str() != written {
            let detail = format!("Метка поля «{written}» неверна: принята «{tag}»");
            let finding = Finding::new(Rule::RecordDirectory, tag.as_str(), detail);
            self.findings.push(finding);
        }
        tag
    }

    fn data(&mut self, tag: Tag, object: &Object) -> Field {
        let place = tag.as_str();
        let mut marks = [' ', ' '];
        let mut subfields = Vec::new();
        for (key, value) in object {
            match key.as_str() {
                "tag" => {}
                "ind1" | "indicator1" => marks[0] = self.indicator(value, place),
                "ind2" | "indicator2" => marks[1] = self.indicator(value, place),
                "ind" | "indicators" => {
                    let text = self.text(value, place);
                    let mut signs = text.chars();
                    marks = [signs.next().unwrap_or(' '), signs.next().unwrap_or(' ')];
                }
                "subfields" | "subfield" => subfields.extend(self.subfields(value, place)),
                code if code.chars().count() == 1 => {
                    subfields.extend(self.values(code, value, place));
                }
                other => {
                    let detail = format!("Ключ «{other}» поля не понят: он пропущен");
                    self.note(place, detail);
                }
            }
        }
        Field::data(tag, Indicators(marks[0], marks[1]), subfields)
    }

    fn indicator(&mut self, value: &Json, place: &str) -> char {
        let text = self.text(value, place);
        if text.chars().count() > 1 {
            let detail = format!("Индикатор «{text}» длиннее одного знака: взят первый");
            self.note(place, detail);
        }
        text.chars().next().unwrap_or(' ')
    }

    fn subfields(&mut self, listed: &Json, place: &str) -> Vec<Subfield> {
        let mut parts = Vec::new();
        match listed {
            Json::Object(pairs) => {
                for (code, value) in pairs {
                    parts.extend(self.values(code, value, place));
                }
            }
            Json::Array(listed) => {
                for entry in listed {
                    parts.extend(self.listed_subfield(entry, place));
                }
            }
            Json::Null => {}
            Json::Plain(_) | Json::Fraction(_) | Json::Text(_) => {
                self.note(place, "Вместо списка подполей стоит текст: он пропущен");
            }
        }
        parts
    }

    /// `{"a": "…"}`, `{"code": "a", "value": "…"}` or `["a", "…"]`.
    fn listed_subfield(&mut self, entry: &Json, place: &str) -> Vec<Subfield> {
        match entry {
            Json::Object(pairs) => {
                let content = CONTENT.iter().find_map(|name| find(pairs, name));
                if let (Some(Json::Text(code)), Some(value)) = (find(pairs, "code"), content) {
                    return self.values(code, value, place);
                }
                let mut parts = Vec::new();
                for (code, value) in pairs {
                    parts.extend(self.values(code, value, place));
                }
                parts
            }
            Json::Array(pair) => match pair.as_slice() {
                [Json::Text(code), value] => self.values(code, value, place),
                _ => {
                    self.note(
                        place,
                        "Подполе записано не парой «код, значение»: пропущено",
                    );
                    Vec::new()
                }
            },
            Json::Null | Json::Plain(_) | Json::Fraction(_) | Json::Text(_) => {
                self.note(place, "В списке подполей стоит не объект: пропущено");
                Vec::new()
            }
        }
    }

    /// The values of one code; an array repeats it, and `$1` may hold whole fields.
    fn values(&mut self, code: &str, value: &Json, place: &str) -> Vec<Subfield> {
        if code.chars().count() > 1 {
            let detail = format!("Код подполя «{code}» длиннее одного знака: взят первый");
            self.note(place, detail);
        }
        let sign = code.chars().next().unwrap_or(Subfield::LEAD);
        match value {
            Json::Object(embedded) if sign == '1' => embed::flat(&self.entry(embedded)),
            Json::Array(repeats) => {
                let each = repeats.iter();
                each.flat_map(|value| self.values(code, value, place))
                    .collect()
            }
            Json::Null | Json::Plain(_) | Json::Fraction(_) | Json::Text(_) | Json::Object(_) => {
                vec![Subfield::new(sign, self.text(value, place))]
            }
        }
    }

    fn text(&mut self, value: &Json, place: &str) -> String {
        match value {
            // The value was cleaned with the whole text; escapes may have brought in more.
            Json::Text(text) => Charset::Utf8.decode(text.as_bytes()).text,
            Json::Null => String::new(),
            Json::Plain(text) => text.clone(),
            Json::Fraction(text) => {
                let detail = format!(
                    "Значение записано дробным числом, не текстом: прочтено «{text}», сверьте знаки"
                );
                self.note(place, detail);
                text.clone()
            }
            Json::Array(_) | Json::Object(_) => {
                self.note(
                    place,
                    "Вместо текста стоит объект или список: он сохранён как есть",
                );
                serde_json::to_string(value).unwrap_or_default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Body;

    fn read(text: &str) -> (Vec<Field>, usize) {
        let Ok(Json::Object(object)) = serde_json::from_str(text) else {
            panic!("an object: {text}");
        };
        let mut findings = Vec::new();
        let fields = of_record(&object, &mut findings).unwrap();
        (fields, findings.len())
    }

    #[test]
    fn every_shape_gives_the_same_fields_without_a_finding() {
        let shapes = [
            r#"{"fields":[{"001":"7"},{"200":{"ind1":"1","ind2":" ","subfields":[{"a":"Лес"},{"e":"рассказ"},{"e":"повесть"}]}}]}"#,
            r#"{"fields":[{"001":7},{"200":{"ind1":1,"ind2":null,"subfields":{"a":"Лес","e":["рассказ","повесть"]}}}]}"#,
            r#"{"fields":{"001":"7","200":[{"ind1":"1","a":"Лес","e":["рассказ","повесть"]}]}}"#,
            r#"{"fields":[{"tag":"001","data":"7"},{"tag":"200","ind1":"1","ind2":"","subfields":[["a","Лес"],["e","рассказ"],["e","повесть"]]}]}"#,
            r#"{"controlfield":[{"tag":"001","data":"7"}],"datafield":[{"tag":"200","ind":"1 ","subfield":[{"code":"a","data":"Лес"},{"code":"e","data":"рассказ"},{"code":"e","data":"повесть"}]}]}"#,
            r#"{"001":"7","200":{"ind1":"1","ind2":" ","subfields":[{"a":"Лес","e":["рассказ","повесть"]}]}}"#,
        ];
        let (expected, _) = read(shapes[0]);
        for shape in shapes {
            assert_eq!(read(shape), (expected.clone(), 0), "{shape}");
        }
    }

    #[test]
    fn what_has_no_shape_is_named() {
        for shape in [
            r#"{"fields":["x"]}"#,
            r#"{"fields":[{"200":{"subfields":"Лес"}}]}"#,
            r#"{"fields":[{"200":{"subfields":[{"a":"Лес"},"x"]}}]}"#,
            r#"{"fields":[{"200":{"subfields":[{"ab":"Лес"}]}}]}"#,
            r#"{"fields":[{"010":{"subfields":[{"d":12.50}]}}]}"#,
            r#"{"fields":[{"010":{"subfields":[{"9":1e3}]}}]}"#,
            r#"{"fields":[{"200":{"ind1":"10","subfields":[{"a":"Лес"}]}}]}"#,
            r#"{"fields":[{"200":{"title":"Лес"}}]}"#,
            r#"{"fields":[{"200":{"subfields":[{"a":{"x":"Лес"}}]}}]}"#,
        ] {
            assert!(read(shape).1 > 0, "{shape}");
        }
    }

    #[test]
    fn repeats_under_one_tag_are_fields_of_their_own() {
        let (fields, findings) = read(r#"{"fields":[{"300":[{"a":"one"},{"a":"two"}]}]}"#);
        assert_eq!((fields.len(), findings), (2, 0));
        assert!(fields.iter().all(|f| matches!(f.body, Body::Data(..))));
    }
}
