//! Поле, которое разбирают: every subfield is either asked for or left, so that nothing vanishes.
//!
//! It knows no tags. What is left over is handed to [`Draft::rest`], which keeps it.

use std::cell::RefCell;

use super::super::{Body, Field, Subfield};
use super::Draft;

/// A field and which of its subfields somebody has taken.
pub(super) struct Reading<'f> {
    field: &'f Field,
    /// The values to read: the field's own, or the same without punctuation.
    values: &'f [Subfield],
    taken: RefCell<Vec<bool>>,
    /// Whether the data of a control field were asked for.
    told: RefCell<bool>,
}

impl<'f> Reading<'f> {
    /// Reads the field as it is.
    pub(super) fn of(field: &'f Field) -> Self {
        Self::with(field, field.subfields())
    }

    /// Reads these values instead of the field's own, one for one.
    pub(super) fn with(field: &'f Field, values: &'f [Subfield]) -> Self {
        Self {
            field,
            values,
            taken: RefCell::new(vec![false; values.len()]),
            told: RefCell::new(false),
        }
    }

    /// The field itself.
    pub(super) fn field(&self) -> &'f Field {
        self.field
    }

    /// The first value of this code.
    pub(super) fn first(&self, code: char) -> Option<&'f str> {
        let at = self.values.iter().position(|s| s.code == code)?;
        self.take(at);
        Some(&self.values[at].value)
    }

    /// The first value of this code, or nothing.
    pub(super) fn text(&self, code: char) -> &'f str {
        self.first(code).map_or("", str::trim)
    }

    /// Every value of this code.
    pub(super) fn all(&self, code: char) -> Vec<&'f str> {
        let found = self.values.iter().enumerate();
        let found = found.filter(|(_, s)| s.code == code);
        found
            .map(|(at, subfield)| {
                self.take(at);
                subfield.value.as_str()
            })
            .collect()
    }

    /// What is made of the subfields nobody has taken; those it makes nothing of stay left.
    pub(super) fn map(
        &self,
        mut make: impl FnMut(&'f Subfield) -> Option<Subfield>,
    ) -> Vec<Subfield> {
        let mut made = Vec::new();
        for (at, subfield) in self.values.iter().enumerate() {
            if !self.taken.borrow()[at]
                && let Some(new) = make(subfield)
            {
                self.take(at);
                made.push(new);
            }
        }
        made
    }

    /// Marks as said elsewhere the values that `known` accepts.
    pub(super) fn said(&self, known: impl Fn(&Subfield) -> bool) {
        for (at, subfield) in self.values.iter().enumerate() {
            if known(subfield) {
                self.take(at);
            }
        }
    }

    /// The data of a control field.
    pub(super) fn data(&self) -> &'f str {
        *self.told.borrow_mut() = true;
        match &self.field.body {
            Body::Control(data) => data,
            Body::Data(..) | Body::Linked(..) => "",
        }
    }

    /// The subfields as they came that nobody has taken.
    pub(super) fn left(&self) -> Vec<Subfield> {
        let taken = self.taken.borrow();
        let own = self.field.subfields().iter().zip(taken.iter());
        own.filter(|(_, taken)| !**taken)
            .map(|(subfield, _)| subfield.clone())
            .collect()
    }

    /// What is left, as a field; `None` when all of it was taken.
    fn left_field(&self) -> Option<Field> {
        match &self.field.body {
            Body::Control(_) => (!*self.told.borrow()).then(|| self.field.clone()),
            Body::Linked(..) => Some(self.field.clone()),
            Body::Data(marks, _) => {
                let left = self.left();
                (!left.is_empty()).then(|| Field::data(self.field.tag, *marks, left))
            }
        }
    }

    fn take(&self, at: usize) {
        self.taken.borrow_mut()[at] = true;
    }
}

/// The fields embedded in a link, each being taken apart.
pub(super) struct Inside<'f>(Vec<Reading<'f>>);

impl<'f> Inside<'f> {
    pub(super) fn of(fields: &'f [Field]) -> Self {
        Self(fields.iter().map(Reading::of).collect())
    }

    /// The first value of a subfield among the fields of this tag.
    pub(super) fn text(&self, tag: &str, code: char) -> &'f str {
        let mut fields = self.0.iter().filter(|r| r.field.tag.as_str() == tag);
        fields.find_map(|r| r.first(code)).map_or("", str::trim)
    }

    /// Every value of a subfield of the first field of this tag.
    pub(super) fn all(&self, tag: &str, code: char) -> Vec<&'f str> {
        let mut fields = self.0.iter().filter(|r| r.field.tag.as_str() == tag);
        fields.next().map(|r| r.all(code)).unwrap_or_default()
    }

    /// The data of the first control field of this tag.
    pub(super) fn data(&self, tag: &str) -> &'f str {
        let mut fields = self.0.iter().filter(|r| r.field.tag.as_str() == tag);
        fields.next().map_or("", |r| r.data().trim())
    }

    /// What nobody has taken.
    pub(super) fn left(&self) -> Vec<Field> {
        self.0.iter().filter_map(Reading::left_field).collect()
    }
}

impl Draft {
    /// Keeps what was left of a field that has been taken apart.
    pub(super) fn rest(&mut self, reading: &Reading<'_>) {
        let left = reading.left();
        if !left.is_empty() {
            self.keep(reading.field, &left);
        }
    }

    /// Keeps what was left inside a link, and the subfields of it that name no embedded field.
    pub(super) fn rest_inside(&mut self, field: &Field, inside: &Inside<'_>) {
        let left = inside.left();
        if !left.is_empty() {
            let body = Body::Linked(field.indicators(), left);
            let tag = field.tag;
            self.keep(&Field { tag, body }, &[]);
        }
        let unread = super::super::link::unread(field);
        if !unread.is_empty() {
            self.keep(field, &unread);
        }
    }
}
