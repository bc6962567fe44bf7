//! Библиографическое описание по ГОСТ Р 7.0.100–2018: record → the printed description.
//!
//! The record is only read: places are written out, marks of other standards left out, for print
//! alone. Cards, references and lists by other standards are not made here.

mod areas;
mod content;
#[cfg(test)]
mod golden;
mod host;
mod text;
mod title;

use super::link::{find, target};
use super::{BiblioRecord, Field};

/// Тире между областями.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dash {
    /// Среднее тире, as the standard prints it.
    En,
    /// Длинное тире, as many lists do.
    Em,
}

/// What to print; the default is the full description of the standard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Тире между областями.
    pub dash: Dash,
    /// Заголовок.
    pub heading: bool,
    /// Область вида содержания и средства доступа.
    pub content_form: bool,
    /// Тираж.
    pub print_run: bool,
    /// Цена.
    pub price: bool,
    /// Размер.
    pub size: bool,
    /// Тома отдельными строками after the description of a set.
    pub volumes: bool,
    /// Дата обращения for addresses whose record has none, `21.11.2026`.
    pub accessed: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dash: Dash::En,
            heading: true,
            content_form: true,
            print_run: true,
            price: true,
            size: true,
            volumes: true,
            accessed: None,
        }
    }
}

/// Описание in the parts a screen shows apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Заголовок with its point: `Лесников, А. В.`
    pub heading: Option<String>,
    /// Области описания, one line.
    pub body: String,
    /// Тома of a set, one line each.
    pub volumes: Vec<String>,
}

/// The description as one text; volumes of a set follow on lines of their own.
#[must_use]
pub fn describe(record: &BiblioRecord, options: &Options) -> String {
    let parts = description(record, options);
    let mut text = match parts.heading {
        Some(heading) if parts.body.is_empty() => heading,
        Some(heading) => format!("{heading} {}", parts.body),
        None => parts.body,
    };
    for volume in &parts.volumes {
        text.push('\n');
        text.push_str(volume);
    }
    text
}

/// The description in parts.
#[must_use]
pub fn description(record: &BiblioRecord, options: &Options) -> Description {
    let sheet = Sheet::new(record, options);
    let body = if sheet.analytic() {
        host::analytic(&sheet)
    } else {
        let mut parts = vec![title::area(&sheet)];
        parts.extend(areas::middle(&sheet));
        parts.extend(areas::series(&sheet));
        parts.extend(areas::notes(&sheet));
        parts.extend(areas::identifiers(&sheet));
        parts.extend(content::area(&sheet));
        sheet.join(parts)
    };
    Description {
        heading: title::heading(&sheet).filter(|_| options.heading),
        body: text::full_stop(&body),
        volumes: if options.volumes {
            areas::volumes(&sheet)
        } else {
            Vec::new()
        },
    }
}

/// The heading of the description without its point, for lists sorted by it.
#[must_use]
pub fn heading(record: &BiblioRecord) -> Option<String> {
    title::heading_name(&Sheet::new(record, &Options::default()))
}

/// A personal name as headings print it: `Лесников, А. В.`
#[must_use]
pub fn person_name(field: &Field) -> String {
    title::person(field)
}

/// A text closed by one full stop.
#[must_use]
pub fn stopped(text: &str) -> String {
    text::full_stop(text)
}

/// Whether a title only says which part or issue it is: `Т. 2`, `№ 4`.
pub(super) fn is_designation(text: &str) -> bool {
    text.trim_start().starts_with('№') || text::is_designation(text)
}

/// Whether the point at the end of a text closes a sentence; that of an abbreviation does not.
pub(super) fn ends_a_sentence(text: &str) -> bool {
    text::ends_a_sentence(text)
}

/// The first area alone: title, what belongs to it, responsibility.
#[must_use]
pub fn title_area(record: &BiblioRecord) -> String {
    title::area(&Sheet::new(record, &Options::default()))
}

/// The title alone, with the set before the number of a volume.
#[must_use]
pub fn title(record: &BiblioRecord) -> String {
    title::proper(&Sheet::new(record, &Options::default()))
}

/// A record being described: what every area asks for.
struct Sheet<'r> {
    record: &'r BiblioRecord,
    options: &'r Options,
    /// What 461 points to: the set, the serial.
    set: std::borrow::Cow<'r, [Field]>,
    /// What 463 points to: the book or the issue.
    unit: std::borrow::Cow<'r, [Field]>,
}

impl<'r> Sheet<'r> {
    fn new(record: &'r BiblioRecord, options: &'r Options) -> Self {
        Self {
            record,
            options,
            set: target(record, "461"),
            unit: target(record, "463"),
        }
    }

    fn analytic(&self) -> bool {
        let linked = find(&self.set, "200").or(find(&self.unit, "200"));
        self.record.leader.at(7) == 'a' && linked.is_some()
    }

    /// Whether the record says of its title only which part of the set it is.
    fn under_set(&self) -> bool {
        let Some(own) = self.record.field("200") else {
            return false;
        };
        let designation = own.first('a').is_some_and(text::is_designation);
        self.record.leader.at(7) != 'a'
            && find(&self.set, "200").is_some_and(|set| set.first('a').is_some())
            && (own.indicators().0 == '0' || designation)
    }

    /// Areas in one line; an area that ends in a point does not get a second one.
    fn join(&self, areas: impl IntoIterator<Item = String>) -> String {
        let dash = match self.options.dash {
            Dash::En => '–',
            Dash::Em => '—',
        };
        let mut line = String::new();
        for area in areas.into_iter().filter(|area| !area.is_empty()) {
            if !line.is_empty() {
                if !line.ends_with('.') && !line.ends_with('…') {
                    line.push('.');
                }
                line.push(' ');
                line.push(dash);
                line.push(' ');
            }
            line.push_str(&area);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::record;
    use super::super::{Indicators, Subfield};
    use super::*;

    const BOOK: &str = "00000nam0 2200000   450 ";

    fn printed(leader: &str, lines: &[&str]) -> String {
        describe(&record(leader, lines), &Options::default())
    }

    #[test]
    fn a_law_stands_under_the_country_and_the_kind_of_document() {
        let lines = [
            "200 1# $aО библиотечном деле$eФедеральный закон № 78-ФЗ$e[принят Государственной думой 23 ноября 1994 года]",
            "210 ## $aМ.$cПроспект$d2017",
            "215 ## $a32 с.$d20 см",
            "710 01 $aРоссийская Федерация$bЗаконы",
        ];
        assert_eq!(
            printed(BOOK, &lines),
            "Российская Федерация. Законы. О библиотечном деле : Федеральный закон № 78-ФЗ : \
             [принят Государственной думой 23 ноября 1994 года]. – Москва : Проспект, 2017. – 32 с. ; \
             20 см. – Текст : непосредственный."
        );
    }

    #[test]
    fn a_story_in_a_volume_names_set_place_and_pages() {
        let lines = [
            "200 1# $aБежин луг$fИ. С. Тургенев",
            "203 ## $aТекст$cнепосредственный",
            "461 #0 $12001#$aПолное собрание сочинений$eв 30 томах $1210##$aМосква$cНаука$d1978-2014",
            "463 #0 $12001#$aТ. 3$vС. 86-105 $1210##$d1979",
            "700 #1 $aТургенев$bИ. С.",
        ];
        assert_eq!(
            printed("00000naa2 2200000   450 ", &lines),
            "Тургенев, И. С. Бежин луг / И. С. Тургенев. – Текст : непосредственный // Полное \
             собрание сочинений : в 30 томах. – Москва : Наука, 1979. – Т. 3. – С. 86–105."
        );
    }

    #[test]
    fn an_article_shows_its_doi_before_the_host() {
        let lines = [
            "017 70 $a10.14515/monitoring.2017.6.02$2doi",
            "200 1# $aМежду благами$fА. А. Московская, А. А. Берендяев",
            "203 ## $aТекст$cэлектронный",
            "461 #0 $12001#$aМониторинг",
            "463 #0 $12001#$a№ 6$vС. 31-35 $1210##$d2017",
            "700 #1 $aМосковская$bА. А.",
            "701 #1 $aБерендяев$bА. А.",
            "856 4# $uhttp://example.org/2017$e20170311",
        ];
        assert_eq!(
            printed("00000naa2 2200000   450 ", &lines),
            "Московская, А. А. Между благами / А. А. Московская, А. А. Берендяев. – DOI \
             10.14515/monitoring.2017.6.02. – Текст : электронный // Мониторинг. – 2017. – № 6. – \
             С. 31–35. – URL: http://example.org/2017 (дата обращения: 11.03.2017)."
        );
    }

    #[test]
    fn an_issue_of_a_newspaper_shows_its_year_without_publisher() {
        let host = |lines: &[&str]| {
            let mut all = vec!["200 1# $aДень", "203 ## $aТекст$cнепосредственный"];
            all.extend(lines);
            let text = printed("00000naa2 2200000   450 ", &all);
            text.split_once(" // ").unwrap().1.to_owned()
        };
        assert_eq!(
            host(&[
                "461 #0 $12001#$aВести Заречья $1210##$aЗаречный$cВести$d1991-",
                "463 #0 $12001#$a9 октября$vС. 3 $1210##$d2024",
            ]),
            "Вести Заречья. – 2024. – 9 октября. – С. 3."
        );
        assert_eq!(
            host(&[
                "461 #0 $12001#$aВестник$vТ. 27 $1011##$a1234-5679",
                "463 #0 $12001#$a№ 2$vС. 139-146$vС. 150 $1210##$d2022",
            ]),
            "Вестник. – 2022. – Т. 27, № 2. – С. 139–146. – С. 150."
        );
        assert_eq!(
            host(&["215 ## $aС. 3-5", "463 #0 $12001#$aСборник $1210##$d2022"]),
            "Сборник. – 2022. – С. 3–5."
        );
    }

    #[test]
    fn a_host_written_carelessly_is_still_named() {
        let mut article = record(
            "00000naa2 2200000   450 ",
            &["200 1# $aДень", "203 ## $aТекст$cнепосредственный"],
        );
        let careless = |values: &[(char, &str)]| {
            let subfields = values.iter().map(|(c, v)| Subfield::new(*c, *v));
            let tag = "463".parse().unwrap();
            Field::data(tag, Indicators(' ', '0'), subfields.collect())
        };
        for host in [
            careless(&[('1', "200"), ('a', "Сборник"), ('v', "С. 3")]),
            careless(&[('1', "2001 $aСборник$vС. 3")]),
        ] {
            article.fields.truncate(2);
            article.fields.push(host);
            let text = describe(&article, &Options::default());
            assert!(text.ends_with("// Сборник. – С. 3."), "{text}");
        }
    }

    #[test]
    fn what_stands_in_brackets_side_by_side_stands_in_one_pair() {
        let lines = ["200 1# $aЛес", "210 ## $a[Б. м.]$c[б. и.]$d[2015?]"];
        assert!(printed(BOOK, &lines).contains(" – [Б. м. : б. и., 2015?]. – "));
        let lines = ["200 1# $aЛес", "210 ## $a[Москва]$cЛира$d[2015?]"];
        assert!(printed(BOOK, &lines).contains(" – [Москва] : Лира, [2015?]. – "));
    }

    #[test]
    fn more_authors_than_are_named_stand_under_the_title() {
        let lines = [
            "200 1# $aЛес$fА. А. Ильин [и др.] ; под редакцией Д. Д. Ершовой",
            "700 #1 $aИльин$bА. А.",
        ];
        assert!(printed(BOOK, &lines).starts_with("Лес / "));
        let lines = [
            "200 1# $aЛес$fА. А. Ильин$gпод редакцией Д. Д. Ершовой [и др.]",
            "700 #1 $aИльин$bА. А.",
        ];
        assert!(printed(BOOK, &lines).starts_with("Ильин, А. А. Лес"));
    }

    #[test]
    fn the_day_an_address_was_seen_is_said_once() {
        let lines = [
            "200 1# $aЛес",
            "856 4# $uhttp://example.org$eдата обращения: 01.09.2024",
        ];
        let text = printed(BOOK, &lines);
        assert!(
            text.contains("http://example.org (дата обращения: 01.09.2024)"),
            "{text}"
        );
    }

    #[test]
    fn two_series_stand_in_brackets_of_their_own() {
        let lines = [
            "200 1# $aЛес$fП. Н. Барто",
            "215 ## $a40 с.",
            "225 1# $aЗеленая полка$vвып. 2",
            "225 1# $aШкольная библиотека",
        ];
        assert_eq!(
            printed(BOOK, &lines),
            "Лес / П. Н. Барто. – 40 с. – (Зеленая полка ; вып. 2) (Школьная библиотека). – Текст : \
             непосредственный."
        );
    }

    #[test]
    fn volumes_of_a_set_follow_on_their_own_lines() {
        let lines = [
            "200 1# $aСага$eв 2 томах$fД. Хилл",
            "210 ## $aМосква$cВремя$d2017-2018",
            "463 #0 $12001#$aСобственник$vТ. 1 $1210##$d2017 $1215##$a797 с.",
            "463 #0 $12000#$aТ. 2 $1210##$d2018 $1215##$a701 с.",
        ];
        assert_eq!(
            printed("00000nam1 2200000   450 ", &lines),
            "Сага : в 2 томах / Д. Хилл. – Москва : Время, 2017–2018. – Текст : непосредственный.\n\
             Т. 1 : Собственник. – 2017. – 797 с.\nТ. 2. – 2018. – 701 с."
        );
    }

    #[test]
    fn a_braille_book_and_an_audiobook_say_how_they_are_perceived() {
        let braille = printed(BOOK, &["106 ## $af", "200 1# $aСказки"]);
        assert_eq!(braille, "Сказки. – Текст (тактильный) : непосредственный.");
        let audio = printed("00000nim0 2200000   450 ", &["200 1# $aСказки"]);
        assert_eq!(audio, "Сказки. – Устная речь : аудио.");
        let coded = ["181 #0 $ai#$bxxxd##", "182 #0 $an", "200 1# $aСказки"];
        assert_eq!(
            printed(BOOK, &coded),
            "Сказки. – Текст (тактильный) : непосредственный."
        );
    }

    #[test]
    fn options_switch_the_dash_and_the_last_area() {
        let options = Options {
            dash: Dash::Em,
            content_form: false,
            ..Options::default()
        };
        let record = record(BOOK, &["200 1# $aЛес", "215 ## $a40 с."]);
        assert_eq!(describe(&record, &options), "Лес. — 40 с.");
    }
}
