//! What each role may do: one table, read by every route.

use catalog::people::Role;

/// Право: one thing that may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// Видеть рабочее место: records as staff see them, their history and source.
    SeeStaff,
    /// Видеть книги учёта, акты и отчёты.
    SeeBooks,
    /// Описывать: make and change records, import.
    EditRecords,
    /// Вести фонд: deliveries, withdrawals, stock checks.
    KeepFund,
    /// Закрывать период.
    ClosePeriod,
    /// Сверять базу.
    Verify,
    /// Видеть состояние сервера.
    SeeStatus,
    /// Вести дерево библиотек.
    ManageLibraries,
    /// Вести людей и их ключи.
    ManageUsers,
}

impl Permission {
    /// Every permission, in the order of the table.
    pub const ALL: [Permission; 9] = [
        SeeStaff,
        SeeBooks,
        EditRecords,
        KeepFund,
        ClosePeriod,
        Verify,
        SeeStatus,
        ManageLibraries,
        ManageUsers,
    ];

    /// The permission's public name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            SeeStaff => "see-staff",
            SeeBooks => "see-books",
            EditRecords => "edit-records",
            KeepFund => "keep-fund",
            ClosePeriod => "close-period",
            Verify => "verify",
            SeeStatus => "see-status",
            ManageLibraries => "manage-libraries",
            ManageUsers => "manage-users",
        }
    }
}

use Permission::{
    ClosePeriod, EditRecords, KeepFund, ManageLibraries, ManageUsers, SeeBooks, SeeStaff,
    SeeStatus, Verify,
};
use Role::{Admin, Auditor, Head, Librarian};

const TABLE: &[(Permission, &[Role])] = &[
    (SeeStaff, &[Admin, Head, Librarian, Auditor]),
    (SeeBooks, &[Admin, Head, Librarian, Auditor]),
    (EditRecords, &[Admin, Head, Librarian]),
    (KeepFund, &[Admin, Head, Librarian]),
    (ClosePeriod, &[Admin, Head]),
    (Verify, &[Admin, Head, Librarian, Auditor]),
    (SeeStatus, &[Admin]),
    (ManageLibraries, &[Admin]),
    (ManageUsers, &[Admin]),
];

/// Whether the role may do it.
#[must_use]
pub(crate) fn may(role: Role, what: Permission) -> bool {
    TABLE
        .iter()
        .any(|(permission, roles)| *permission == what && roles.contains(&role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auditor_writes_nothing_and_a_reader_is_no_staff() {
        for what in [
            EditRecords,
            KeepFund,
            ClosePeriod,
            ManageLibraries,
            ManageUsers,
        ] {
            assert!(!may(Auditor, what), "{what:?}");
        }
        assert!(
            TABLE
                .iter()
                .all(|(_, roles)| !roles.contains(&Role::Reader))
        );
    }
}
