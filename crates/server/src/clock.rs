//! The only clock of the project. Everything below the server takes time as an argument.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The moment of now, for the journal.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the time is asked; everybody else takes it as an argument"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Today's date where the library stands; the system's time zone says where that is.
#[must_use]
pub(crate) fn today() -> Date {
    now().to_zoned(TimeZone::system()).date()
}

/// The day of a moment, by the clock on the wall here.
pub(crate) fn day_here(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::system()).date()
}

/// The moment at which this day ends here.
pub(crate) fn end_of(day: Date) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?;
    let zoned = next.to_zoned(TimeZone::system()).ok()?;
    Some(zoned.timestamp())
}
