//! Стирает имя читателя and all that the desk knows of the person: what let them in, and when they came.

use super::*;

impl People<'_> {
    /// Стирает имя читателя и закрывает вход; what a stop has left half done, a repeat finishes.
    pub(crate) fn erase(&self, doing: Doing, name: &UserId) -> Result<(), PeopleError> {
        self.known(name)?;
        if !self.catalog.erase_name(doing, name)? {
            return Err(PeopleError::Wrong(format!(
                "Имя {name} не стёрто: имена сотрудников остаются в журнале, стираются имена читателей. Кто больше не \
                 сотрудник, тому сначала дайте роль читателя"
            )));
        }
        // Somebody may have opened the entrance again since: a repeat shuts nobody out.
        if self.known(name)?.disabled {
            self.shut_out(name)?;
            self.catalog.desk().erase(PASSWORDS, name.as_str())?;
            audit::forget(self.catalog, name)?;
            audit::note(self.catalog, name, Deed::NameErased, "");
        }
        Ok(())
    }
}
