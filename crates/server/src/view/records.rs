//! Descriptions: loading many, seeing one, entering one by hand without knowing MARC.

use askama::Template;

use super::frame::Frame;
use super::opac::{Fact, MarcLine};
use super::parts::{Choice, Field, Progress, Remark};
use super::table::Table;

/// Загрузка записей: the form.
#[derive(Template)]
#[template(path = "staff/import.html")]
pub struct ImportPage {
    /// The frame.
    pub f: Frame,
    /// Format (`format`) and library (`library`).
    pub choices: Vec<Choice>,
    /// Why the file was not taken.
    pub remarks: Vec<Remark>,
    /// The longest file that is taken, in megabytes.
    pub limit: String,
    /// Loads at work.
    pub working: Table,
    /// Earlier loads.
    pub past: Table,
}

/// Отчёт о загрузке.
#[derive(Template)]
#[template(path = "staff/import_report.html")]
pub struct ImportReportPage {
    /// The frame.
    pub f: Frame,
    /// The file.
    pub file: String,
    /// While it works.
    pub progress: Option<Progress>,
    /// «Прочитано», «Сохранено», «Без изменений», «Отложено»: words and number.
    pub counts: Vec<(String, i64)>,
    /// Copies and sums that came with the records, in words.
    pub facts: Vec<Fact>,
    /// Findings: record, offset, what, rule.
    pub findings: Table,
    /// Where bytes that could not be read are kept: words and address.
    pub quarantine: Option<(String, String)>,
}

/// Запись глазами сотрудника.
#[derive(Template)]
#[template(path = "staff/record.html")]
pub struct StaffRecordPage {
    /// The frame.
    pub f: Frame,
    /// Title.
    pub title: String,
    /// The description by ГОСТ Р 7.0.100.
    pub description: String,
    /// Who made it, when, which version, whose.
    pub facts: Vec<Fact>,
    /// What a check of the description found.
    pub remarks: Vec<Remark>,
    /// Copies: number, price, place, state, act.
    pub copies: Table,
    /// The fields.
    pub marc: Vec<MarcLine>,
    /// What may be done: words and address.
    pub actions: Vec<(String, String)>,
}

/// Краткое описание: a form without a single field number.
#[derive(Template)]
#[template(path = "staff/short_record.html")]
pub struct ShortRecordPage {
    /// The frame.
    pub f: Frame,
    /// Where the form is sent.
    pub action: String,
    /// What travels unseen: the version that was read, the key of this step.
    pub hidden: Vec<(String, String)>,
    /// The rows.
    pub rows: ShortRows,
    /// All remarks at once.
    pub remarks: Vec<Remark>,
    /// Records that look the same: words and address.
    pub similar: Vec<(String, String)>,
    /// The fields it will make, when asked to see them.
    pub marc: Vec<MarcLine>,
    /// The title the page bears: new or corrected.
    pub heading: String,
}

/// Строки краткого описания, in the order of a title page.
#[derive(Clone, Debug, Default)]
pub struct ShortRows {
    /// What is on the title page.
    pub title_page: Vec<Field>,
    /// Who published it, where and when.
    pub imprint: Vec<Field>,
    /// ISBN, pages, class mark, subject.
    pub rest: Vec<Field>,
    /// Kind and language.
    pub choices: Vec<Choice>,
}
