//! A small library for tests: real books by their bare facts, and a journal that only counts.

use std::sync::{Arc, Mutex};

use catalog::id::{RecordId, Seq};
use catalog::record::{BiblioRecord, Field, Indicators, Leader, Subfield};

use crate::Error;
use crate::feed::{ChainHash, Changed, Feed, HoldingFact, Source};

/// One book a line: author, title, other title words, year, subject, ББК, ISBN, language.
const BOOKS: &str = "\
Пушкин|А. С.|Александр Сергеевич|Евгений Онегин|роман в стихах|1937|Русская литература|84(2Рос=Рус)1||rus
Пушкин|А. С.|Александр Сергеевич|Капитанская дочка|повесть|1978|Пугачёвское восстание|84(2Рос=Рус)1|5-05-000018-5|rus
Пушкин|В. Л.|Василий Львович|Опасный сосед|поэма|1989|Русская литература|84(2Рос=Рус)1||rus
Лотман|Ю. М.|Юрий Михайлович|Пушкин|биография писателя|1981|Пушкин, Александр Сергеевич|83.3(2Рос=Рус)1||rus
Чехов|А. П.|Антон Павлович|Чёрный монах|рассказы|1985|Русская литература|84(2Рос=Рус)1||rus
Чехов|А. П.|Антон Павлович|Палата № 6|повесть|1979|Русская литература|84(2Рос=Рус)1||rus
Толстой|Л. Н.|Лев Николаевич|Война и мир|роман|1968|Отечественная война (1812)|84(2Рос=Рус)1||rus
Толстой|Л. Н.|Лев Николаевич|Детство|повесть|1968|Русская литература|84(2Рос=Рус)1||rus
Толстой|А. К.|Алексей Константинович|Князь Серебряный|роман|1992|Русская литература|84(2Рос=Рус)1||rus
Толстой|А. Н.|Алексей Николаевич|Пётр Первый|роман|1975|Пётр I|84(2Рос=Рус)6||rus
Достоевский|Ф. М.|Федор Михайлович|Бесы|роман|1990|Русская литература|84(2Рос=Рус)1||rus
Достоевский|Ф. М.|Федор Михайлович|Идиот|роман|1983|Русская литература|84(2Рос=Рус)1||rus
Ильф|И.|Илья|Двенадцать стульев|роман|1928|Сатира|84(2Рос=Рус)6||rus
Паустовский|К. Г.|Константин Георгиевич|Мещёрская сторона|рассказы|1995|Природа|84(2Рос=Рус)6|978-5-17-120442-6|rus
Тургенев|И. С.|Иван Сергеевич|Первая любовь|повесть|1990|Русская литература|84(2Рос=Рус)1||rus
Тургенев|И. С.|Иван Сергеевич|Отцы и дети|роман|1991|Русская литература|84(2Рос=Рус)1||rus
Карамзин|Н. М.|Николай Михайлович|История государства Российского|очерки|1988|Россия – история|63.3(2)||rus
Чуковский|К. И.|Корней Иванович|Муха-Цокотуха|сказка|1970|Детская литература|84(2Рос=Рус)6||rus
Салтыков-Щедрин|М. Е.|Михаил Евграфович|История одного города|сатира|1989|Русская литература|84(2Рос=Рус)1||rus
Верн|Ж.|Жюль|Вокруг света за восемьдесят дней|роман|1957|Приключения|84(4Фра)||rus
Замятин|Е. И.|Евгений Иванович|Мы|роман|1989|Антиутопии|84(2Рос=Рус)6||rus
Оруэлл|Д.|Джордж|1984|роман|1989|Антиутопии|84(4Вел)||rus
Фихтенгольц|Г. М.|Григорий Михайлович|Курс дифференциального исчисления|учебник|2001|Математика|22.161||rus
Хайкин|С. Э.|Семён Эммануилович|Механика|учебник|1971|Механика|22.2||rus
Tolkien|J. R. R.|John Ronald Reuel|The Hobbit|novel|1937|English literature|84(4Вел)|0-261-10221-4|eng";

/// A library whose journal is a list of the records that changed.
pub(crate) struct Shelf(Mutex<State>);

struct State {
    sources: Vec<Source>,
    log: Vec<RecordId>,
    /// Makes the hashes of one library unlike another's.
    salt: u8,
}

impl Shelf {
    /// The small library.
    pub(crate) fn books() -> Self {
        Self::listed(BOOKS)
    }

    /// A library of such lines, numbered from 1.
    pub(crate) fn listed(books: &str) -> Self {
        let sources = books.lines().zip(1..).map(|(line, id)| Source {
            id: RecordId::new(id),
            record: Arc::new(book(id, &line.split('|').collect::<Vec<_>>())),
            holdings: holdings(id),
            hidden: false,
        });
        Self::of(sources.collect())
    }

    /// So many records without a word in them.
    pub(crate) fn blank(count: u64) -> Self {
        let record = Arc::new(BiblioRecord::new(Leader::NEW_BOOK));
        let sources = (1..=count).map(|id| Source {
            id: RecordId::new(id),
            record: Arc::clone(&record),
            holdings: Vec::new(),
            hidden: false,
        });
        Self::of(sources.collect())
    }

    /// A library of these records.
    pub(crate) fn of(sources: Vec<Source>) -> Self {
        let log = sources.iter().map(|source| source.id).collect();
        Self(Mutex::new(State {
            sources,
            log,
            salt: 1,
        }))
    }

    /// The same records under another journal.
    pub(crate) fn with_salt(self, salt: u8) -> Self {
        self.0.lock().unwrap().salt = salt;
        self
    }

    /// Changes one record.
    pub(crate) fn change(&self, id: u64, edit: impl FnOnce(&mut Source)) {
        let mut state = self.0.lock().unwrap();
        let id = RecordId::new(id);
        edit(
            state
                .sources
                .iter_mut()
                .find(|source| source.id == id)
                .unwrap(),
        );
        state.log.push(id);
    }

    /// Adds a record with this title.
    pub(crate) fn add(&self, id: u64, title: &str) {
        let mut state = self.0.lock().unwrap();
        let facts = ["", "", "", title, "", "2026", "", "", "", "rus"];
        state.sources.push(Source {
            id: RecordId::new(id),
            record: Arc::new(book(id, &facts)),
            holdings: Vec::new(),
            hidden: false,
        });
        state.log.push(RecordId::new(id));
    }

    /// Takes a record away for good.
    pub(crate) fn remove(&self, id: u64) {
        let mut state = self.0.lock().unwrap();
        state.sources.retain(|source| source.id.get() != id);
        state.log.push(RecordId::new(id));
    }
}

impl State {
    fn hash(&self, seq: u64) -> ChainHash {
        let mut hash = [self.salt; 32];
        hash[..8].copy_from_slice(&seq.to_be_bytes());
        hash
    }
}

impl Feed for Shelf {
    fn head(&self) -> Result<(Seq, ChainHash), Error> {
        let state = self.0.lock().unwrap();
        let head = state.log.len() as u64;
        Ok((Seq::new(head), state.hash(head)))
    }

    fn hash_at(&self, seq: Seq) -> Result<Option<ChainHash>, Error> {
        let state = self.0.lock().unwrap();
        Ok((seq.get() <= state.log.len() as u64).then(|| state.hash(seq.get())))
    }

    fn changed_since(&self, seq: Seq, limit: usize) -> Result<Changed, Error> {
        let state = self.0.lock().unwrap();
        let from = (seq.get() as usize).min(state.log.len());
        let upto = (from + limit).min(state.log.len());
        Ok(Changed {
            records: state.log[from..upto].to_vec(),
            upto: Seq::new(upto as u64),
            hash: state.hash(upto as u64),
        })
    }

    fn source(&self, id: RecordId) -> Result<Option<Source>, Error> {
        let state = self.0.lock().unwrap();
        Ok(state.sources.iter().find(|source| source.id == id).cloned())
    }

    fn all(&self, after: Option<RecordId>, limit: usize) -> Result<Vec<Source>, Error> {
        let state = self.0.lock().unwrap();
        let later = state
            .sources
            .iter()
            .filter(|source| Some(source.id) > after);
        Ok(later.take(limit).cloned().collect())
    }
}

/// Odd ids stand in A and are free, even ones in B and are lent; each has its own number.
fn holdings(id: u64) -> Vec<HoldingFact> {
    let odd = id % 2 == 1;
    vec![HoldingFact {
        library: if odd { "A" } else { "B" }.parse().unwrap(),
        available: odd,
        shelfmark: None,
        numbers: vec![format!("{}", 700_000 + id)],
    }]
}

fn book(id: u64, facts: &[&str]) -> BiblioRecord {
    let [
        surname,
        initials,
        names,
        title,
        other,
        year,
        subject,
        bbk,
        isbn,
        language,
    ] = facts
    else {
        panic!("ten facts a line");
    };
    let mut record = BiblioRecord::new(Leader::NEW_BOOK);
    let number = format!("T-{id:03}");
    record
        .fields
        .push(Field::control("001".parse().unwrap(), number));
    let coded = format!("20200101d{year}    m  y0rusy50      ca");
    add(&mut record, "010", &[('a', isbn)]);
    add(&mut record, "100", &[('a', &coded)]);
    add(&mut record, "101", &[('a', language)]);
    add(&mut record, "200", &[('a', title), ('e', other)]);
    add(
        &mut record,
        "210",
        &[('a', "Москва"), ('c', "Мир"), ('d', year)],
    );
    add(&mut record, "606", &[('a', subject)]);
    add(&mut record, "686", &[('a', bbk), ('2', "rubbk")]);
    if !bbk.is_empty() && !surname.is_empty() {
        let sign = format!("{bbk} {}{id}", surname.chars().next().unwrap());
        add(&mut record, "899", &[('j', &sign)]);
    }
    add(
        &mut record,
        "700",
        &[('a', surname), ('b', initials), ('g', names)],
    );
    record
}

fn add(record: &mut BiblioRecord, tag: &str, subfields: &[(char, &str)]) {
    let subfields: Vec<Subfield> = subfields
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(code, value)| Subfield::new(*code, *value))
        .collect();
    if !subfields.is_empty() {
        let blank = Indicators(' ', '1');
        record
            .fields
            .push(Field::data(tag.parse().unwrap(), blank, subfields));
    }
}
